"""One SQLite file in WAL mode, one connection per thread, short immediate transactions."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]

_SCHEMA = Path(__file__).with_name("schema.sql")
_local = threading.local()
_path: Path | None = None


def open_file(path: Path) -> None:
    """Choose the database file for this process and create what is missing in it."""
    global _path
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _path = path
    connection().executescript(_SCHEMA.read_text(encoding="utf-8"))


def connection() -> sqlite3.Connection:
    """This thread's connection, in autocommit mode; a transaction is always explicit."""
    found: sqlite3.Connection | None = getattr(_local, "connection", None)
    if found is not None:
        return found
    if _path is None:
        raise RuntimeError("sandbox.db.open_file was not called")
    made = sqlite3.connect(_path, isolation_level=None, timeout=30)
    made.row_factory = _as_dict
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "mmap_size=1073741824"):
        made.execute(f"PRAGMA {pragma}")
    _local.connection = made
    return made


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    """All or nothing. IMMEDIATE: what was read inside stays true until the commit."""
    found = connection()
    found.execute("BEGIN IMMEDIATE")
    try:
        yield found
    except BaseException:
        found.execute("ROLLBACK")
        raise
    found.execute("COMMIT")


def rows(sql: str, *values: Any) -> list[Row]:
    """Every row of a query."""
    return connection().execute(sql, values).fetchall()


def row(sql: str, *values: Any) -> Row | None:
    """The first row of a query, or None."""
    found: Row | None = connection().execute(sql, values).fetchone()
    return found


def number(sql: str, *values: Any) -> int:
    """The single whole number a query yields."""
    found = row(sql, *values)
    return int(next(iter(found.values())) or 0) if found else 0


def get_meta(name: str, default: Any) -> Any:
    """A JSON value of the `meta` table."""
    found = row("SELECT value FROM meta WHERE name = ?", name)
    return default if found is None else json.loads(found["value"])


def put_meta(name: str, value: Any) -> None:
    """Write a JSON value to the `meta` table."""
    connection().execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))


def marks(values: Iterable[Any]) -> str:
    """Placeholders for an IN list: `?,?,?`."""
    return ",".join("?" for _ in values)
