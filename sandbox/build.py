"""Write a generated fleet into the database: one stream, one transaction, indexes last."""

import itertools
import time
from collections.abc import Iterator

from . import db
from .fleet import COLUMNS, SimRow, generate
from .history import COLUMNS_LOG, LogRow, of_sim
from .times import DAY_S

_INDEXES = {
    "sim_giccid": "CREATE UNIQUE INDEX sim_giccid ON sim (giccid)",
    "sim_status": "CREATE INDEX sim_status ON sim (status, account)",
    "sim_account": "CREATE INDEX sim_account ON sim (account)",
    "sim_package": "CREATE INDEX sim_package ON sim (package)",
}
_EMPTIED = ("sim", "change_log", "pending", "job", "task", "sms", "push", "ledger")


def is_built() -> bool:
    """Whether the database holds a finished fleet (an empty one counts)."""
    return bool(db.get_meta("fleet", None))


def build(*, sims: int, seed: int) -> float:
    """Replace everything the platform knows by a fresh fleet; returns the seconds it took.

    The ledger's sequence goes on counting, so that a reader's `after` stays true.
    """
    started = time.monotonic()
    day = int(time.time()) // DAY_S * DAY_S
    with db.transaction() as connection:
        for name in _INDEXES:
            connection.execute(f"DROP INDEX IF EXISTS {name}")
        for table in _EMPTIED:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
        logs: list[LogRow] = []
        connection.executemany(_insert("sim", COLUMNS), _noting(generate(sims, seed, day), seed, day, logs))
        connection.executemany(_insert("change_log", COLUMNS_LOG), sorted(logs))
        for statement in _INDEXES.values():
            connection.execute(statement)
        db.put_meta("fleet", {"sims": sims, "seed": seed, "last": sims})
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return time.monotonic() - started


def _noting(sims: Iterator[SimRow], seed: int, day: int, logs: list[LogRow]) -> Iterator[SimRow]:
    for sim in sims:
        logs.extend(of_sim(sim, seed, day))
        yield sim


def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({db.marks(columns)})"  # noqa: S608


def append(sims: int) -> list[str]:
    """Add `sims` cards, never seen before, at the end of the list; returns their giccids."""
    day = int(time.time()) // DAY_S * DAY_S
    with db.transaction() as connection:
        fleet = db.get_meta("fleet", {})
        first, seed = fleet["last"], fleet["seed"]
        # A card is drawn from the whole stream, so that it is the one a larger fleet would have had there.
        made = list(itertools.islice(generate(first + sims, seed, day), first, None))
        connection.executemany(_insert("sim", COLUMNS), made)
        db.put_meta("fleet", {**fleet, "last": first + sims})
    return [sim[1] for sim in made]
