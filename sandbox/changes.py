"""What can happen to one SIM, and what it does to its row and its change log.

A change is a small JSON object: {"status": …}, {"package": name}, {"supplementary": name},
{"apn": …, "open": bool}, {"custom": [five]}; control may also set
"imei", "imsi", "msisdn", "usage", "po", "customer" and "account".
"""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from . import index
from .answers import ApiError, invalid
from .call import dump
from .catalog import find_package, package_name, packages_of
from .db import Row
from .pushes import emit
from .times import DAY_S

Change = dict[str, Any]
Log = tuple[str, str | None, str | None]

# target -> the states it may be entered from (doc for retire, otherwise assumed)
ALLOWED_FROM = {
    "ACTIVATED": {"TEST_READY", "ACTIVATE_READY", "INVENTORY", "DEACTIVATED"},
    "DEACTIVATED": {"ACTIVATED"},
    "RETIRED": {"DEACTIVATED"},
}
PERIOD_S = 365 * DAY_S


def problem(sim: Row, change: Change) -> ApiError | None:
    """Why the platform refuses the change; None if it accepts it."""
    if "status" in change and sim["status"] not in ALLOWED_FROM[change["status"]]:
        text = f"SIM is {sim['status']}, {change['status']} is not possible"
        return invalid("globalSim", "status", "illegal_status", text)
    if "package" in change and not find_package(sim["account"], change["package"], "BASIC"):
        return invalid("servicePackage", "basicServicePackageName", "missing")
    if "supplementary" in change and not find_package(
        sim["account"], change["supplementary"], "SUPPLEMENTARY"
    ):
        return invalid("servicePackage", "servicePackageName", "missing")
    if ("package" in change or "supplementary" in change) and sim["status"] == "RETIRED":
        return invalid("globalSim", "status", "illegal_status", "SIM is RETIRED")
    if "apn" in change and change["apn"] not in (name for name, _ in json.loads(sim["apns"])):
        return invalid("apn", "apnName", "missing")
    return None


def apply(
    connection: sqlite3.Connection, sim: Row, change: Change, at: int, *, is_logged: bool = True
) -> None:
    """Write the change to the SIM's row and, if it shows there, to the change log.

    Inside a transaction. What is logged is also told of by a push, if there is one for it.
    """
    columns: Row = {}
    logs: list[Log] = []
    for key, value in change.items():
        if key in _APPLIERS:
            _APPLIERS[key](sim, value if key != "apn" else (value, change["open"]), at, columns, logs)
    columns = {name: value for name, value in columns.items() if sim[name] != value}
    if columns:
        columns["previous"] = dump({name: sim[name] for name in columns})
        names = ", ".join(f"{name} = ?" for name in columns)
        connection.execute(f"UPDATE sim SET {names} WHERE id = ?", (*columns.values(), sim["id"]))  # noqa: S608
    if is_logged:
        emit.of_change(connection, sim, columns, at)
        for kind, original, target in logs:
            write_log(connection, sim, at, (kind, original, target), "SUCCESS")


def write_log(connection: sqlite3.Connection, sim: Row, at: int, log: Log, status: str) -> None:
    """One change-log row; nothing if nothing changed."""
    if log[1] != log[2]:
        connection.execute(
            "INSERT INTO change_log (created_at, giccid, account, type, original, target, status)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (at, sim["giccid"], sim["account"], *log, status),
        )


def topics(change: Change) -> list[str]:
    """Which cached lists the change invalidates."""
    found = [topic for topic in ("status", "package") if topic in change]
    if change.get("status") == "ACTIVATED":
        found.append("package")  # a first activation gives the SIM one
    return found + (["members"] if {"po", "customer", "account"} & set(change) else [])


def announce(change: Change) -> None:
    """Drop what the committed change made untrue."""
    index.changed(*topics(change))


def _status(sim: Row, target: str, at: int, columns: Row, logs: list[Log]) -> None:
    columns["status"] = target
    logs.append(("LOCAL_STATUS", sim["status"], target))
    if target == "ACTIVATED":
        columns["stopped_at"] = None
        columns["activated_at"] = sim["activated_at"] or at
        if sim["package"] is None:
            _package(sim, packages_of(sim["account"], "BASIC")[0].name, at, columns, [])
    elif sim["activated_at"] and sim["stopped_at"] is None:
        columns["stopped_at"] = at


def _package(sim: Row, name: str | None, at: int, columns: Row, logs: list[Log]) -> None:
    found = find_package(sim["account"], name, "BASIC") if name else None
    columns["package"] = found.id if found else None
    columns["package_start"] = at if found else None
    columns["package_end"] = at + PERIOD_S if found else None
    logs.append(("SERVICE_PACKAGE", package_name(sim["package"]), name))


def _supplementary(sim: Row, name: str, at: int, columns: Row, logs: list[Log]) -> None:
    held = json.loads(sim["supplementary"]) if sim["supplementary"] else []
    columns["supplementary"] = dump([*held, [name, at, at + 30 * DAY_S]])
    logs.append(("SERVICE_PACKAGE", None, name))


def _apn(sim: Row, wanted: tuple[str, bool], at: int, columns: Row, logs: list[Log]) -> None:
    name, is_open = wanted
    states = [[n, int(is_open) if n == name else state] for n, state in json.loads(sim["apns"])]
    columns["apns"] = dump(states)


def _custom(sim: Row, values: list[str | None], at: int, columns: Row, logs: list[Log]) -> None:
    columns["custom"] = dump(values)


def _device(position: int) -> "Callable[[Row, str, int, Row, list[Log]], None]":
    def apply_to_devices(sim: Row, value: str, at: int, columns: Row, logs: list[Log]) -> None:
        devices = json.loads(columns.get("devices") or sim["devices"])
        if position == 0 and devices:
            logs.append(("IMEI_CHANGE", devices[0][0], value))
        for device in devices if position == 0 else devices[:1]:
            device[position] = value
        columns["devices"] = dump(devices)

    return apply_to_devices


def _plain(column: str) -> "Callable[[Row, Any, int, Row, list[Log]], None]":
    def set_column(sim: Row, value: Any, at: int, columns: Row, logs: list[Log]) -> None:
        columns[column] = value

    return set_column


_APPLIERS: dict[str, Callable[..., None]] = {
    "status": _status,
    "package": _package,
    "supplementary": _supplementary,
    "apn": _apn,
    "custom": _custom,
    "imei": _device(0),
    "imsi": _device(1),
    "msisdn": _device(2),
    "usage": _plain("usage_set"),
    "po": _plain("po"),
    "customer": _plain("customer"),
    "account": _plain("account"),
}
