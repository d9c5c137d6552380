"""Change logs of the last 30 days for about three SIMs in a hundred, true to what the SIMs are now."""

import json
import random
from collections.abc import Iterator

from .catalog import package_name, packages_of
from .fleet import COLUMNS, SimRow
from .numbers import any_imei, spread
from .times import DAY_S

LogRow = tuple[int, str, int, str, str | None, str | None, str]
COLUMNS_LOG = ("created_at", "giccid", "account", "type", "original", "target", "status")
_AT = {name: index for index, name in enumerate(COLUMNS)}
_BEFORE = {
    "ACTIVATED": ("DEACTIVATED", "INVENTORY", "ACTIVATE_READY"),
    "DEACTIVATED": ("ACTIVATED",),
    "RETIRED": ("DEACTIVATED",),
}


def of_sim(sim: SimRow, seed: int, day: int) -> Iterator[LogRow]:
    """The SIM's past changes (none for most), oldest first; the last one leads to its present state."""
    if spread(sim[0], seed + 1) % 33:
        return
    rng = random.Random(sim[0] * 31 + seed)  # noqa: S311
    at = sorted(day - int(rng.random() * 29 * DAY_S) for _ in range(2))
    draw = rng.random()
    if draw < 0.55:
        yield from _status(sim, rng, at, day)
    elif draw < 0.8 and sim[_AT["activated_at"]]:
        yield _log(sim, at[0], "IMEI_CHANGE", any_imei(rng), json.loads(sim[_AT["devices"]])[0][0])
    elif sim[_AT["package"]]:
        others = [p.name for p in packages_of(sim[_AT["account"]], "BASIC") if p.id != sim[_AT["package"]]]
        if others:
            yield _log(sim, at[0], "SERVICE_PACKAGE", rng.choice(others), package_name(sim[_AT["package"]]))


def _status(sim: SimRow, rng: random.Random, at: list[int], day: int) -> Iterator[LogRow]:
    status, changed_at = sim[_AT["status"]], sim[_AT["stopped_at"]]
    if status not in _BEFORE:
        return
    if status != "ACTIVATED":
        if changed_at and changed_at >= day - 29 * DAY_S:
            yield _log(sim, changed_at, "LOCAL_STATUS", _BEFORE[status][0], status)
        return
    before = "DEACTIVATED" if sim[_AT["activated_at"]] < at[0] else rng.choice(_BEFORE[status][1:])
    if before == "DEACTIVATED":
        yield _log(sim, at[0], "LOCAL_STATUS", "ACTIVATED", "DEACTIVATED")
        yield _log(sim, at[1], "LOCAL_STATUS", "DEACTIVATED", "ACTIVATED")
    else:
        yield _log(sim, sim[_AT["activated_at"]], "LOCAL_STATUS", before, "ACTIVATED")


def _log(sim: SimRow, at: int, kind: str, original: str | None, target: str | None) -> LogRow:
    return at, sim[_AT["giccid"]], sim[_AT["account"]], kind, original, target, "SUCCESS"
