"""`POST /control/fleet`: rebuild the fleet, or change it behind everyone's back (no ledger row, no delay).

{"sims", "seed"} rebuilds; {"giccid", "set": {…}} changes one SIM; {"giccid", "delete": true} removes it;
{"add": N} appends N. A status, package or IMEI set here shows in the change log like any change on the
platform's own side, and is told of by a push, unless "silent": true.
"""

import time
from typing import Any

from . import build, changes, db, index, items, knobs
from .answers import Json
from .catalog import ACCOUNT_BY_NAME, find_package
from .usage import Moment

_KEYS = {"sims", "seed", "giccid", "set", "delete", "add", "silent"}
_TEXTS = {"status", "imei", "imsi", "msisdn", "po", "customerName"}
_RENAMED = {"customerName": "customer", "accountName": "account"}


class FleetError(ValueError):
    """A request that names no SIM, or a value a SIM cannot take."""


def change(wanted: Any) -> Json:
    """Carry the request out; FleetError, and nothing changed, if it makes no sense."""
    if not isinstance(wanted, dict) or set(wanted) - _KEYS:
        raise FleetError(f"the body must be an object with keys among {', '.join(sorted(_KEYS))}")
    if "add" in wanted:
        giccids = build.append(_count(wanted, "add", 1, 100_000))
        index.changed("members")
        return {"added": giccids}
    if "giccid" not in wanted:
        return _rebuild(wanted)
    sim = db.row("SELECT * FROM sim WHERE giccid = ?", str(wanted["giccid"]))
    if sim is None:
        raise FleetError("no SIM has that giccid")
    return _delete(sim) if wanted.get("delete") is True else _set(sim, wanted)


def _fleet() -> Json:
    found: Json = db.get_meta("fleet", {})
    return found


def _count(wanted: Json, name: str, low: int, high: int) -> int:
    value = wanted[name]
    if type(value) is not int or not low <= value <= high:
        raise FleetError(f"{name} must be a whole number from {low} to {high}")
    return value


def _rebuild(wanted: Json) -> Json:
    defaults = {**_fleet(), **wanted}
    sims, seed = _count(defaults, "sims", 0, 5_000_000), _count(defaults, "seed", 0, 2**31)
    seconds = build.build(sims=sims, seed=seed)
    index.changed("members", "status", "package")
    return {"sims": sims, "seed": seed, "seconds": round(seconds, 3)}


def _delete(sim: db.Row) -> Json:
    with db.transaction() as connection:
        connection.execute("DELETE FROM sim WHERE id = ?", (sim["id"],))
    index.changed("members", "status", "package")
    return {"deleted": sim["giccid"]}


def _set(sim: db.Row, wanted: Json) -> Json:
    values = wanted.get("set")
    if not isinstance(values, dict) or not values:
        raise FleetError("set must be an object that says what to change")
    done = dict(_item for name, value in values.items() for _item in _translate(sim, name, value))
    with db.transaction() as connection:
        fresh = db.row("SELECT * FROM sim WHERE id = ?", sim["id"]) or sim
        changes.apply(connection, fresh, done, int(time.time()), is_logged=not wanted.get("silent"))
    changes.announce(done)
    now = db.row("SELECT * FROM sim WHERE id = ?", sim["id"]) or sim
    return items.sim_detail(now, Moment.of(time.time(), knobs.current.usage_step_s))


def _translate(sim: db.Row, name: str, value: Any) -> list[tuple[str, Any]]:
    """One entry of `set` as entries of a change. An unknown status is allowed: enums are open."""
    if name in _TEXTS and isinstance(value, str) and value:
        return [(_RENAMED.get(name, name), value)]
    if name == "accountName" and isinstance(value, str) and value in ACCOUNT_BY_NAME:
        return [("account", ACCOUNT_BY_NAME[value].id)]
    if name == "package" and (value is None or find_package(sim["account"], str(value), "BASIC")):
        return [("package", value)]
    if name == "usage" and (value is None or (type(value) in (int, float) and 0 <= value < 1e12)):
        return [("usage", value)]
    if name == "apn" and isinstance(value, dict) and len(value) == 1:
        apn, state = next(iter(value.items()))
        if state in ("OPEN", "CLOSED"):
            return [("apn", apn), ("open", state == "OPEN")]
    if name == "custom" and isinstance(value, list) and len(value) == 5:
        return [("custom", value)]
    raise FleetError(f"{name} cannot be set to {value!r}")
