"""The request budget one enterprise's processes share: 5,000 an hour (doc), decided by `budget.lua` in Redis.

Imports neither redis nor Django: a redis-py compatible client is passed in, with `decode_responses=True`, time-outs
of about 0.2 s and the exceptions it may raise. Without an answer from it, `budget_local` decides.
"""

from __future__ import annotations

import copy
import json
import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Protocol

from .budget_local import LocalBuckets, Memory
from .reply import RateLimit

SCRIPT = files(__package__).joinpath("budget.lua").read_text(encoding="utf-8")
PROBE_SECONDS = 3.0
"""So long the others wait for the one request that learns the headers; then another one asks."""
BLIND_SECONDS = 2.0
"""So long a process decides alone after Redis failed, before it tries again: one slow call per pause."""
LONG_BLIND_SECONDS = 15.0
"""The same after it failed again: a call to the platform that lasts as long meets at most two slow ones."""


class Purpose(StrEnum):
    """Whom a request is for, the most urgent first."""

    INTERACTIVE = "interactive"
    COMMANDS = "commands"
    READ_BACK = "read-back"
    POLL = "poll"
    SWEEP = "sweep"


RESERVES: Mapping[Purpose, float] = MappingProxyType(
    {
        Purpose.INTERACTIVE: 0.0,
        Purpose.COMMANDS: 0.10,
        Purpose.READ_BACK: 0.15,
        Purpose.POLL: 0.20,
        Purpose.SWEEP: 0.25,
    }
)
"""The share of a window each class leaves to those above it at the window's start; melts to nothing at its end."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`cap`: our own limit below the platform's. `floor`: share people keep to the very end. `margin`: share nobody
    touches, against an outsider who starts just then. `assumed`: the limit of a platform that tells none (doc).
    """

    cap: int | None = None
    reserves: Mapping[Purpose, float] = field(default_factory=lambda: RESERVES)
    floor: float = 0.005
    margin: float = 0.005
    assumed: int = 5000


@dataclass(frozen=True, slots=True)
class Granted:
    """Leave to send one request, to be settled with its answer. `token` is empty when Redis did not decide."""

    purpose: Purpose
    token: str
    asked_at: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now. Reasons: `probe`, `settling` (moments), `reserve`, `used_up`, `cap`, `stopped` (429), `alone` (no
    Redis). `ends_in`: seconds to the window's end, if known.
    """

    seconds: float
    reason: str
    ends_in: float = math.inf


class RedisLike(Protocol):
    """What is needed of a redis client."""

    def register_script(self, script: str) -> Callable[..., Any]: ...


class Budget:
    """One enterprise's budget as one process sees it. Safe to share between threads."""

    def __init__(
        self,
        redis: RedisLike,
        name: str,
        rules: Rules | None = None,
        *,
        failures: tuple[type[Exception], ...] = (OSError,),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`name` tells enterprises apart. `clock`: seconds that never jump; the wall clock plays no part."""
        self.name = name
        self.rules = rules or Rules()
        self._run = redis.register_script(SCRIPT)
        self._keys = [f"budget:{{{name}}}:{part}" for part in ("state", "flight", "use")]
        self._failures = failures
        self._clock = clock
        self._local = LocalBuckets(clock)
        self._blind_until = -1.0
        self._has_failed = False

    def under(self, rules: Rules) -> Budget:
        """The same budget under other rules; what was learnt is kept."""
        other = copy.copy(self)
        other.rules = rules
        return other

    @property
    def use_key(self) -> str:
        """The hash `hour:class:what` -> count, for whoever keeps the records. `began` changes when it was lost.

        A count may go down by a request that was granted and never sent.
        """
        return self._keys[2]

    def acquire(self, purpose: Purpose, *, seconds: float = 60.0, is_first: bool = True) -> Granted | Wait:
        """Ask for leave to send one request. It is taken back after `seconds` if nothing settles it.

        `is_first`: False when the same request asks again, so that it counts as refused once.
        """
        token, asked_at = secrets.token_hex(8), self._clock()
        answer = self._ask("acquire", self._question(purpose, token, seconds, is_first))
        if answer is None:
            wait, reason = self._local.acquire(purpose)
            return Wait(wait, reason) if wait else Granted(purpose, "", asked_at)
        wait, reason, left, limit, ends_in = answer
        self._local.remember(Memory(int(limit), int(left), self._clock() + float(ends_in)))
        if float(wait) > 0:
            return Wait(float(wait), reason, float(ends_in) if int(left) >= 0 else math.inf)
        return Granted(purpose, token, asked_at)

    def settle(
        self, grant: Granted, status: int, rate: RateLimit | None = None, *, was_sent: bool = True
    ) -> None:
        """Tell what became of a granted request. `status` 0: no answer came; `was_sent` False: no byte left."""
        age = self._clock() - grant.asked_at
        told: dict[str, Any] = {
            "token": grant.token,
            "class": grant.purpose,
            "status": status,
            "is_good": 200 <= status < 300,
            "age": age,
            "was_sent": was_sent,
            "assumed": self.rules.assumed,
        }
        if rate is not None:
            told |= {"limit": rate.limit, "left": rate.remaining}
        if rate is not None and rate.reset_in is not None:
            told |= {"reset": rate.reset_in, "blur": rate.blur}
        self._ask("settle", told)
        if rate is not None or status == 429:
            self._local.hear(status, rate)

    def look(self) -> dict[str, float]:
        """The shared state as it is, for people: see `budget.lua`. Empty without Redis. In a known window
        `keeps_<class>` is what a class leaves to those above it just now, `may_<class>` what it may still use.
        """
        rules = self.rules
        shares = {str(purpose): share for purpose, share in rules.reserves.items()}
        values: dict[str, Any] = {"shares": shares, "floor": rules.floor, "margin": rules.margin}
        answer = self._ask("look", values if rules.cap is None else values | {"cap": rules.cap})
        return {} if answer is None else dict(json.loads(answer))

    def _question(self, purpose: Purpose, token: str, seconds: float, is_first: bool) -> dict[str, Any]:
        rules, memory = self.rules, self._local.memory
        question: dict[str, Any] = {
            "class": purpose,
            "new_token": token,
            "ttl": seconds,
            "probe": PROBE_SECONDS,
            "share": rules.reserves[purpose],
            "floor": rules.floor,
            "margin": rules.margin,
            "is_urgent": purpose in {Purpose.INTERACTIVE, Purpose.COMMANDS},
            "is_first": is_first,
        }
        if rules.cap is not None:
            question["cap"] = rules.cap
        ends_in = memory.ends_at - self._clock() if memory else 0.0
        if memory and ends_in > 0:
            question["memory"] = {"limit": memory.limit, "left": memory.left, "ends_in": ends_in}
        return question

    def _ask(self, what: str, values: Mapping[str, Any]) -> Any:
        """The script's answer; None when Redis does not give one."""
        asked_at = self._clock()
        if asked_at < self._blind_until:
            return None
        try:
            answer = self._run(keys=self._keys, args=[what, json.dumps(values)])
        except self._failures:
            self._close_eyes(asked_at)
            return None
        self._has_failed = False
        return answer

    def _close_eyes(self, asked_at: float) -> None:
        """Threads that failed together count as one."""
        if self._blind_until <= asked_at:
            pause = LONG_BLIND_SECONDS if self._has_failed else BLIND_SECONDS
            self._has_failed, self._blind_until = True, self._clock() + pause
