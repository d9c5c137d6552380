"""Mutations: accepted now, visible when due, each recorded in the ledger in its own transaction.

Nothing is idempotent: the same request twice is two effects. Whatever is due is settled, with the time it was
due, at the beginning of the next request or by the push sender, whichever comes first; a restart changes nothing.
"""

import json
import sqlite3
import threading
from typing import Any

from . import changes, db, knobs
from .answers import ApiError, invalid
from .call import Call, dump
from .changes import Change

_settling = threading.Lock()  # until the caches know: whoever finds nothing due may trust them


def find_sim(giccid: str, *, field: str = "giccid") -> db.Row:
    """The SIM's row; 422 `missing` (assumed: no 404 is documented)."""
    found = db.row("SELECT * FROM sim WHERE giccid = ?", giccid)
    if found is None:
        raise invalid("globalSim", field, "missing")
    return found


def record(
    connection: sqlite3.Connection,
    at: float,
    operation: str,
    giccid: str | None,
    request_id: str,
    detail: Any,
) -> None:
    """One ledger row, inside the effect's transaction."""
    connection.execute(
        "INSERT INTO ledger (time, operation, giccid, request_id, detail) VALUES (?, ?, ?, ?, ?)",
        (at, operation, giccid, request_id, dump(detail)),
    )


def accept(call: Call, giccid: str, change: Change, *, is_immediate: bool = False) -> None:
    """Accept a change of one SIM, or raise why not. It shows after `activation_delay_s`."""
    with db.transaction() as connection:
        sim = find_sim(giccid)
        refusal = changes.problem(sim, change)
        if refusal:
            raise refusal
        record(connection, call.now, call.operation, giccid, call.request_id, change)
        if is_immediate:
            changes.apply(connection, sim, change, int(call.now))
        else:
            due_at = call.now + knobs.current.activation_delay_s
            enqueue(connection, (due_at, call.operation, giccid, dump(change), call.request_id, None))


def enqueue(connection: sqlite3.Connection, pending: tuple[float, str, str, str, str, int | None]) -> None:
    """Keep a change until it is due: (due_at, operation, giccid, change, request_id, task)."""
    connection.execute(
        "INSERT INTO pending (due_at, operation, giccid, change, request_id, task) VALUES (?, ?, ?, ?, ?, ?)",
        pending,
    )


def settle(now: float) -> None:
    """Let everything that is due by `now` (epoch seconds) take effect, oldest first."""
    with _settling:
        if db.row("SELECT 1 FROM pending WHERE due_at <= ? LIMIT 1", now) is None:
            return
        settled: Change = {}
        with db.transaction() as connection:
            for due in db.rows("SELECT * FROM pending WHERE due_at <= ? ORDER BY due_at, id", now):
                change = json.loads(due["change"])
                (_settle_single if due["task"] is None else _settle_task)(connection, due, change)
                settled.update(change)
                connection.execute("DELETE FROM pending WHERE id = ?", (due["id"],))
        changes.announce(settled)


def _settle_single(connection: sqlite3.Connection, due: db.Row, change: Change) -> None:
    """An accepted change; one that has become impossible meanwhile leaves a FAILED change log."""
    sim = db.row("SELECT * FROM sim WHERE giccid = ?", due["giccid"])
    if sim is None or sim["status"] == change.get("status"):
        return
    if changes.problem(sim, change) is None:
        changes.apply(connection, sim, change, int(due["due_at"]))
    elif "status" in change:
        log = ("LOCAL_STATUS", sim["status"], change["status"])
        changes.write_log(connection, sim, int(due["due_at"]), log, "FAILED")


def _settle_task(connection: sqlite3.Connection, due: db.Row, change: Change) -> None:
    """A batch's SIM: its effect and its ledger row happen here, or its task fails."""
    sim = db.row("SELECT * FROM sim WHERE giccid = ?", due["giccid"])
    refusal = invalid("globalSim", "giccid", "missing") if sim is None else changes.problem(sim, change)
    if sim is not None and refusal is None:
        changes.apply(connection, sim, change, int(due["due_at"]))
        detail = {**change, "jobId": _job_of(due["task"])}
        record(connection, due["due_at"], due["operation"], due["giccid"], due["request_id"], detail)
    package = db.row("SELECT package FROM sim WHERE giccid = ?", due["giccid"])
    connection.execute(
        "UPDATE task SET status = ?, error = ?, package = ? WHERE id = ?",
        (
            "FAILED" if refusal else "SUCCESS",
            _reason(refusal),
            package["package"] if package else None,
            due["task"],
        ),
    )


def _job_of(task: int) -> str:
    found = db.row("SELECT job FROM task WHERE id = ?", task)
    return str(found["job"]) if found else ""


def _reason(refusal: ApiError | None) -> str | None:
    if refusal is None:
        return None
    entry = refusal.errors[0]
    return str(entry.get("message") or f"{entry['resource']}.{entry['field']}: {entry['code']}")
