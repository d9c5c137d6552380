"""The database behind DATABASE_URL, ours or the operator's: there, new enough, and made if missing."""

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from smarthub_portal.run.binaries import OLDEST_POSTGRES
from smarthub_portal.run.errors import StartError


def ensure(url: str) -> None:
    """Make the database if the server has none of that name. StartError has the server's own words."""
    try:
        with psycopg.connect(url, connect_timeout=5) as link:
            _require_version(link.info.server_version)
    except psycopg.OperationalError as error:
        name = str(conninfo_to_dict(url).get("dbname") or "")
        if not name or "does not exist" not in str(error):
            raise StartError(f"DATABASE_URL: {_first_line(error)}") from None
        _create(url, name)


def _create(url: str, name: str) -> None:
    try:
        with psycopg.connect(
            make_conninfo(url, dbname="postgres"), connect_timeout=5, autocommit=True
        ) as link:
            _require_version(link.info.server_version)
            link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise StartError(
            f"DATABASE_URL: could not create the database {name}: {_first_line(error)}"
        ) from None


def _require_version(version: int) -> None:
    if version < OLDEST_POSTGRES * 10_000:
        raise StartError(
            f"DATABASE_URL: the server is PostgreSQL {version // 10_000}; {OLDEST_POSTGRES} is the oldest."
        )


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip()
