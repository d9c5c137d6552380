"""The migrated database all others of a run are copied from: migrations take ten seconds of work, a copy one."""

import fcntl
import os
from pathlib import Path

import psycopg
from django.core.management import call_command
from psycopg import sql

from tests.browser.database import switched_to, url_of

NAME = "test_template"


def migrated() -> str:
    """Its name. Who comes first makes it, anew for each run: no migration and no signal may be older than the code."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    with (Path(os.environ["PORTAL_DATA"]) / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(url_of("postgres"), autocommit=True) as maintenance:
            if _run_of(maintenance) != run:
                _make(maintenance)
                note = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(NAME), sql.Literal(run))
                maintenance.execute(note)
    return NAME


def _run_of(maintenance: "psycopg.Connection") -> str | None:
    told = maintenance.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [NAME]
    ).fetchone()
    return told[0] if told else None


def _make(maintenance: "psycopg.Connection") -> None:
    name = sql.Identifier(NAME)
    maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    maintenance.execute(sql.SQL("CREATE DATABASE {}").format(name))
    with switched_to(NAME):
        call_command("migrate", verbosity=0)
