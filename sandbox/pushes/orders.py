"""`POST /control/pushes`: pushes on demand, at a rate, in copies, late, out of order, or forged.

{"kind", "giccid", "count", "rate", "duplicates", "forged", "delay", "reorder", "seed"}; all but `kind` optional.
"""

import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from random import Random
from typing import Any

from sandbox import db, index, knobs
from sandbox.answers import Json
from sandbox.catalog import ACCOUNTS
from sandbox.usage import Moment

from . import bodies, table, targets

FORGERIES = {False: "", True: "signature", "signature": "signature", "body": "body"}
MAX_COUNT = 200_000
MAX_COPIES = 500_000
_RANGES = {"rate": (0.01, 10_000.0), "delay": (0, 3600), "count": (1, MAX_COUNT), "seed": (0, 2**31)}
_ANY_SIM = {"sim-status", "apn-status", "imei-change"}
_CHUNK = 500


class OrderError(ValueError):
    """An order that cannot be carried out; the message says why."""


@dataclass(frozen=True)
class Order:
    """`rate` is pushes a second, copies come on top; a copy is late by up to `delay` seconds.

    `duplicates` is how many copies more, from least to most. `forged` is "", "signature" or "body".
    """

    kind: str
    giccid: str | None = None
    count: int = 1
    rate: float = 200
    duplicates: tuple[int, int] = (0, 0)
    forged: str = ""
    delay: float = 0.2
    reorder: bool = True
    seed: int = 0


@dataclass(frozen=True)
class _Push:
    """One push of an order: its kind, its SIM's id, and how many seconds ago it says it happened."""

    kind: str
    sim: int
    age: int


def place(wanted: Any) -> Json:
    """Queue what is ordered; OrderError, and nothing queued, if it makes no sense."""
    order = _read(wanted)
    rng = Random(order.seed)  # noqa: S311 - the same seed, the same pushes
    now = time.time()
    pushes = _choose(order, rng)
    sims = _sims({push.sim for push in pushes})
    told = [(push.kind, _claim(order, push, sims[push.sim], int(now), rng)) for push in pushes]
    rows = _rows(order, told, now, rng)
    messages = [_message(body, now) for kind, body in told if kind == "mt-sms-status"]
    with db.transaction() as connection:
        after = table.last_id()
        connection.executemany("INSERT INTO sms VALUES (?, ?, ?, ?, ?, ?)", messages)
        table.insert(connection, rows)
        last = table.last_id()
    return {"pushes": len(pushes), "queued": len(rows), "after": after, "last": last, "seed": order.seed}


def _read(wanted: Any) -> Order:
    names = {field.name for field in fields(Order)}
    if not isinstance(wanted, dict) or "kind" not in wanted or set(wanted) - names:
        raise OrderError(f"the body must be an object with kind and keys among {', '.join(sorted(names))}")
    given = {name: value for name, value in wanted.items() if value is not None}
    _check_kind(given.get("kind"))
    for name, (low, high) in _RANGES.items():
        kinds = (int,) if name in ("count", "seed") else (int, float)
        if name in given and not (type(given[name]) in kinds and low <= given[name] <= high):
            raise OrderError(
                f"{name} must be a {'whole ' if len(kinds) == 1 else ''}number from {low} to {high}"
            )
    if not isinstance(given.get("reorder", True), bool):
        raise OrderError("reorder must be true or false")
    given["forged"] = _forged(given.get("forged", False))
    given["duplicates"] = _duplicates(given.get("duplicates", 0))
    if given.get("count", 1) * (1 + given["duplicates"][1]) > MAX_COPIES:
        raise OrderError(f"at most {MAX_COPIES} copies in one order")
    return Order(**{"seed": secrets.randbelow(2**31), **given})


def _check_kind(kind: Any) -> None:
    """One with a target, or * for a mixture of all that have one."""
    if kind != "*" and kind not in targets.KINDS:
        raise OrderError(f"kind must be * or one of {', '.join(targets.KINDS)}")
    if not targets.current.urls or (kind != "*" and kind not in targets.current.urls):
        raise OrderError("no target is set for that kind: PUT /control/push-targets")


def _forged(value: Any) -> str:
    if not isinstance(value, bool | str) or value not in FORGERIES:
        raise OrderError("forged must be false, true, signature or body")
    return FORGERIES[value]


def _duplicates(value: Any) -> tuple[int, int]:
    pair = value if isinstance(value, list) else [value, value]
    if len(pair) != 2 or any(type(n) is not int for n in pair) or not 0 <= pair[0] <= pair[1] <= 100:
        raise OrderError("duplicates must be a number from 0 to 100, or [least, most]")
    return pair[0], pair[1]


def _choose(order: Order, rng: Random) -> list[_Push]:
    """Which kind about which SIM. `age`: no two pushes about one SIM tell of the same second."""
    kinds = sorted(targets.current.urls) if order.kind == "*" else [order.kind]
    pools = {kind: _pool(order, kind) for kind in kinds}
    seen: Counter[int] = Counter()
    chosen = []
    for kind in rng.choices(kinds, k=order.count):
        sim = rng.choice(pools[kind])
        chosen.append(_Push(kind, sim, seen[sim]))
        seen[sim] += 1
    return chosen[::-1]  # the oldest first


def _pool(order: Order, kind: str) -> Sequence[int]:
    """Ids of the SIMs such a push may be about: the one named, else those it makes sense for."""
    if order.giccid is not None:
        sim = db.row("SELECT id FROM sim WHERE giccid = ?", str(order.giccid))
        if sim is None:
            raise OrderError("no SIM has that giccid")
        return [sim["id"]]
    accounts = [a.name for a in ACCOUNTS if a.charge_type == "PREPAID" or not kind.startswith("prepaid")]
    filters: list[dict[str, str]] = [{"accountName": name, "status": "ACTIVATED"} for name in accounts]
    found = [sim for chosen in filters for sim in index.matching(chosen)] if kind not in _ANY_SIM else []
    pool = found or index.matching({})
    if not pool:
        raise OrderError("there is no SIM")
    return pool


def _sims(ids: set[int]) -> dict[int, db.Row]:
    wanted = sorted(ids)
    chunks = (wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK))
    return {sim["id"]: sim for chunk in chunks for sim in index.by_ids(chunk)}


def _claim(order: Order, push: _Push, sim: db.Row, now: int, rng: Random) -> Json:
    moment = Moment.of(now, knobs.current.usage_step_s)
    asked = bodies.Claim(sim, now - push.age, moment, rng, order.forged == "body")
    return bodies.claim(push.kind, asked)


def _rows(order: Order, pushes: list[tuple[str, Json]], now: float, rng: Random) -> list[table.PushRow]:
    """Every copy with the time it is due: its push's turn, and up to `delay` more."""
    turns = list(range(len(pushes)))
    if order.reorder:
        rng.shuffle(turns)
    rows = []
    for turn, (kind, body) in zip(turns, pushes, strict=True):
        event = f"{rng.getrandbits(128):032x}"
        for _ in range(1 + rng.randint(*order.duplicates)):
            due_at = now + turn / order.rate + rng.random() * order.delay
            rows.append(table.row(kind, body, due_at, event=event, forged=order.forged))
    return sorted(rows, key=lambda made: made[-1])


def _message(body: Json, at: float) -> tuple[str, str, str, float, float, str]:
    """The message a report is about, as if it had been sent from the platform's own pages."""
    return body["smsMsgId"], body["giccid"], "sent by the platform", at, at, "DELIVERED"
