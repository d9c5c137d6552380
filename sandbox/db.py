"""One SQLite file in WAL mode, one connection per thread, short immediate transactions."""

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]

BUSY_S = 120  # longer than a rebuild of a million SIMs
_SCHEMA = Path(__file__).with_name("schema.sql")
_local = threading.local()
_path: Path | None = None


def open_file(path: Path) -> None:
    """Choose the database file for this process and create what is missing in it.

    A file of another version of the sandbox is thrown away: its fleet can be built again.
    """
    global _path
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    schema = _SCHEMA.read_text(encoding="utf-8")
    version = zlib.crc32(schema.encode()) >> 1  # user_version is a signed 32-bit number
    _path = path
    if number("PRAGMA user_version") not in (0, version):
        connection().close()
        del _local.connection
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    connection().executescript(f"{schema}; PRAGMA user_version = {version}")


def connection() -> sqlite3.Connection:
    """This thread's connection, in autocommit mode; a transaction is always explicit."""
    found: sqlite3.Connection | None = getattr(_local, "connection", None)
    if found is not None:
        return found
    if _path is None:
        raise RuntimeError("sandbox.db.open_file was not called")
    made = sqlite3.connect(_path, isolation_level=None, timeout=BUSY_S)
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
