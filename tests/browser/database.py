"""A database of the browser's own, with rows that stay from test to test.

The server is another process and sees only what is committed. Rows committed to the common test database would
meet every other test of this worker, so the tests here work in another one.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psycopg
from django.db import connections
from psycopg import sql


def _connection() -> Any:
    """The wrapper itself, not Django's proxy: the pool's functions are PostgreSQL's own."""
    return connections["default"]


def _leave() -> None:
    _connection().close()
    _connection().close_pool()


@contextmanager
def switched_to(name: str) -> Iterator[None]:
    """Django's connection goes to this database meanwhile."""
    settings = _connection().settings_dict
    usual = settings["NAME"]
    _leave()
    settings["NAME"] = name
    try:
        yield
    finally:
        _leave()
        settings["NAME"] = usual


def url_of(name: str) -> str:
    """DATABASE_URL for another process."""
    place = _connection().settings_dict
    user, password = quote(place["USER"], safe=""), quote(place["PASSWORD"], safe="")
    return f"postgresql://{user}:{password}@{place['HOST']}:{place['PORT']}/{name}"


@contextmanager
def own_database(template: str) -> Iterator[str]:
    """Makes one of this worker, as the template is, gives its name, drops it in the end."""
    name = f"test_browser_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(url_of("postgres"), autocommit=True) as maintenance:
        maintenance.execute(drop)
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        maintenance.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
        yield name
        maintenance.execute(drop)
