"""The budget at the gate of a client: asks before each request, settles after it.

keeper = Gatekeeper(budget, Purpose.SWEEP)
client.using(gate=keeper.gate, on_reply=keeper.on_reply, on_failure=keeper.on_failure)
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from .budget import Budget, Granted, Purpose, Wait
from .errors import BudgetExhausted, Deferred, ErrorContext
from .reply import RateLimit
from .times import utc_now

PATIENCE: Mapping[Purpose, float] = MappingProxyType(
    {
        Purpose.INTERACTIVE: 2.0,
        Purpose.COMMANDS: 3.0,
        Purpose.READ_BACK: 3.0,
        Purpose.POLL: 3.0,
        Purpose.SWEEP: 3.0,
    }
)
"""Seconds a request waits at the gate before the caller is told to come back. `patience`, if given, replaces both."""
TRICKLE = 0.5
"""For melting reserves a run does not hold up its worker any longer than that."""
SHORTEST_SLEEP = 20.0
"""Seconds a background run sleeps at least, so that it does not wake for one request; the reset comes first."""
_WORDS = {
    "probe": "Waiting to learn how many requests are left.",
    "settling": "Every request left is under way.",
    "reserve": "The rest of this hour's requests is kept for more urgent work.",
    "used_up": "This hour's requests are used up.",
    "cap": "The hourly limit set for this connection is reached.",
    "stopped": "SmartHub says that this hour's requests are used up.",
    "alone": "The shared request count (Redis) is out of reach, so work in the background waits.",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What came out at the gate: seconds waited there, how often it asked, why it was refused ("" if it was not)."""

    waited: float
    tries: int
    reason: str


class Gatekeeper:
    """Hooks of one client for one class. Safe to share between threads: a request stays in its thread."""

    def __init__(
        self,
        budget: Budget,
        purpose: Purpose,
        *,
        call_seconds: float = 60.0,
        patience: float | None = None,
        on_decision: Callable[[Decision], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`call_seconds`: the client's time-out; a grant outlives it by little, so that a crash gives it back."""
        self._budget = budget
        self._purpose = purpose
        self._ttl = call_seconds + 2
        self._patience = PATIENCE[purpose] if patience is None else patience
        is_background = purpose is not Purpose.INTERACTIVE and patience is None
        self._patience_with_reserves = min(self._patience, TRICKLE) if is_background else self._patience
        self._on_decision = on_decision
        self._sleep = sleep
        self._held = threading.local()

    def gate(self, operation: str) -> None:
        """Wait for leave, a little; raises `BudgetExhausted`, for the classes below people `Deferred`."""
        self._drop()
        started = time.monotonic()
        for tries in itertools.count(1):
            answer = self._budget.acquire(self._purpose, seconds=self._ttl, is_first=tries == 1)
            waited = time.monotonic() - started
            if isinstance(answer, Granted):
                self._held.grant = answer
                self._note(Decision(waited, tries, ""))
                return
            patience = self._patience_with_reserves if answer.reason == "reserve" else self._patience
            if waited + answer.seconds > patience:
                self._note(Decision(waited, tries, answer.reason))
                raise self._refusal(operation, answer)
            self._sleep(answer.seconds)

    def on_reply(self, rate: RateLimit | None, operation: str, status: int) -> None:
        """Settle with what the headers said. A redirected change has no grant of its own: its answer still counts."""
        grant = self._take() or Granted(self._purpose, "", time.monotonic())
        self._budget.settle(grant, status, rate)

    def on_failure(self, operation: str, was_sent: bool) -> None:
        """Settle without an answer."""
        if grant := self._take():
            self._budget.settle(grant, 0, was_sent=was_sent)

    def _take(self) -> Granted | None:
        grant: Granted | None = getattr(self._held, "grant", None)
        self._held.grant = None
        return grant

    def _drop(self) -> None:
        """A grant nothing was reported about, such as of an interrupted call: it may have been sent."""
        if grant := self._take():
            self._budget.settle(grant, 0)

    def _note(self, decision: Decision) -> None:
        if self._on_decision is not None:
            self._on_decision(decision)

    def _refusal(self, operation: str, answer: Wait) -> BudgetExhausted:
        is_person = self._purpose is Purpose.INTERACTIVE
        seconds = answer.seconds if is_person else _sleep_of(answer)
        kind = BudgetExhausted if is_person else Deferred
        retry_at = utc_now() + timedelta(seconds=seconds)
        text = f"{_WORDS.get(answer.reason, 'Not now.')} {operation} was not sent."
        return kind(text, ErrorContext(operation), retry_at, answer.reason)


def _sleep_of(answer: Wait) -> float:
    shortest = SHORTEST_SLEEP if answer.reason == "reserve" else 2.0
    return max(answer.seconds, min(shortest, answer.ends_in))
