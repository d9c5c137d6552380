"""Pushes by changes: whatever changes a SIM tells of it in the same transaction, if its kind has a target."""

import json
import sqlite3
from collections.abc import Iterator

from sandbox import knobs
from sandbox.answers import Json
from sandbox.catalog import ACCOUNT_BY_ID, PACKAGE_BY_ID
from sandbox.db import Row
from sandbox.usage import Moment, data_kb

from . import bodies, table, targets

THRESHOLDS = (0.8, 1.0)  # shares of the data quota that are told of when they are reached (assumed)


def of_change(connection: sqlite3.Connection, sim: Row, columns: Row, at: int) -> None:
    """`sim` is the row before, `columns` what becomes different. Inside the change's transaction."""
    if not targets.current.urls:
        return
    told = ((kind, body) for kind, body in _told(sim, columns, at) if kind in targets.current.urls)
    table.insert(connection, [table.row(kind, body, at) for kind, body in told])


def of_sms(connection: sqlite3.Connection, message: tuple[str, str, str], due_at: float) -> None:
    """The status report of a message (id, giccid, outcome), to be sent when the outcome is reached."""
    if "mt-sms-status" in targets.current.urls:
        body = bodies.sms_status(*message, due_at)
        table.insert(connection, [table.row("mt-sms-status", body, due_at)])


def _told(sim: Row, columns: Row, at: int) -> Iterator[tuple[str, Json]]:
    if "status" in columns:
        yield "sim-status", bodies.status_changed(sim["giccid"], sim["status"], columns["status"], at)
    if "apns" in columns:
        yield from (("apn-status", body) for body in _apns(sim, columns["apns"], at))
    if "devices" in columns:
        before, after = _imei(sim["devices"]), _imei(columns["devices"])
        if before != after:
            yield "imei-change", bodies.imei_changed(sim["giccid"], before, after, at)
    if "usage_set" in columns:
        yield from _usage(sim, columns, at)


def _apns(sim: Row, apns: str, at: int) -> Iterator[Json]:
    before = dict(json.loads(sim["apns"]))
    for name, state in json.loads(apns):
        if before.get(name) != state:
            yield bodies.apn_changed(sim["giccid"], name, is_open=bool(state), at=at)


def _imei(devices: str) -> str | None:
    found = json.loads(devices)
    return found[0][0] if found else None


def _usage(sim: Row, columns: Row, at: int) -> Iterator[tuple[str, Json]]:
    """Usage set by control. What grows with the clock is nobody's change, and nobody is told."""
    after = {**sim, **columns}
    package = PACKAGE_BY_ID.get(after["package"])
    if package is None:
        return
    moment = Moment.of(at, knobs.current.usage_step_s)
    old, new = data_kb(sim, moment) / 1000, data_kb(after, moment) / 1000
    is_prepaid = ACCOUNT_BY_ID[after["account"]].charge_type == "PREPAID"
    for threshold in (round(package.data_quota * share, 3) for share in THRESHOLDS):
        if old < threshold <= new:
            make = bodies.traffic_reached if is_prepaid else bodies.usage_reached
            yield "prepaid-traffic" if is_prepaid else "cycle-usage", make(after, threshold, new, at)
