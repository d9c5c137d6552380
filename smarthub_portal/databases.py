"""DATABASE_URL to Django's settings."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict


def database_from_url(url: str) -> dict[str, Any]:
    """Accepts every URI libpq accepts (sockets and options too). An empty URL gives Django's "not configured" database.

    The pool replaces persistent connections: a new connection a request costs ten times as much.
    """
    if not url:
        return {"ENGINE": "django.db.backends.dummy"}
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(
            "DATABASE_URL is not a PostgreSQL URI (postgresql://user:password@host:port/name)."
        ) from error
    known = {key: str(parts.pop(key, "") or "") for key in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known["dbname"],
        "USER": known["user"],
        "PASSWORD": known["password"],
        "HOST": known["host"],
        "PORT": known["port"],
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # the pool replaces a connection that died with its server
        "OPTIONS": {
            **parts,
            "pool": {"min_size": 1, "max_size": 10, "timeout": 5, "max_idle": 60},
        },
    }
