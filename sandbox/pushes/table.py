"""The table `push`: one row per copy to deliver, kept until it is delivered or given up, and after that to be read."""

import json
import sqlite3
import uuid
from collections.abc import Iterable

from sandbox import db
from sandbox.answers import Json
from sandbox.call import dump

PushRow = tuple[str, str, str, str, str, float]


def row(kind: str, body: Json, due_at: float, *, event: str = "", forged: str = "") -> PushRow:
    """A row to `insert`. Copies of one push share their `event`."""
    return event or uuid.uuid4().hex, kind, str(body["giccid"]), dump(body), forged, due_at


def insert(connection: sqlite3.Connection, made: Iterable[PushRow]) -> None:
    """Keep pushes to deliver, inside the transaction of what they tell."""
    connection.executemany(
        "INSERT INTO push (event, kind, giccid, body, forged, due_at) VALUES (?, ?, ?, ?, ?, ?)", made
    )


def last_id() -> int:
    """The highest id ever given; none is used again."""
    return db.number("SELECT seq FROM sqlite_sequence WHERE name = 'push'")


def due(now: float, limit: int) -> list[db.Row]:
    """What is to be sent by `now`, oldest first; what is being sent is among it."""
    sql = "SELECT * FROM push WHERE status = 'pending' AND due_at <= ? ORDER BY due_at, id LIMIT ?"
    return db.rows(sql, now, limit)


def show(after: int, limit: int) -> Json:
    """Deliveries with an id above `after`, and how many of all are in which state."""
    found = db.rows("SELECT * FROM push WHERE id > ? ORDER BY id LIMIT ?", after, limit)
    counts = {r["status"]: r["n"] for r in db.rows("SELECT status, count(*) AS n FROM push GROUP BY status")}
    return {
        "data": [{**push, "body": json.loads(push["body"])} for push in found],
        "total": sum(counts.values()),
        "counts": {status: counts.get(status, 0) for status in ("pending", "delivered", "failed")},
    }
