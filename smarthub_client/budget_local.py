"""What one process may still send while Redis is away: little, and nothing in the background.

Each process has its own buckets, so a dozen of them together stay below 5,000 an hour (doc) however long it lasts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from .reply import RateLimit

BURST = {"interactive": 5, "commands": 3}
"""Requests at once, for each process; other purposes get none."""
PER_MINUTE = {"interactive": 2.0, "commands": 2.0}
"""Requests a minute after that, for each process: 12 processes make at most 2,880 an hour."""
BACKGROUND_WAIT = 5.0
KEPT_SHARE = 0.02
_LONGEST_STOP = 3600.0
_UNTOLD_STOP = 60.0


@dataclass(frozen=True, slots=True)
class Memory:
    """What this process was told last. `ends_at`: on the process's own monotonic clock."""

    limit: int
    left: int
    ends_at: float


@dataclass(slots=True)
class _Bucket:
    size: float
    per_second: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """0 and one less; or the seconds until there is one."""
        self.level = min(self.size, self.level + (now - self.at) * self.per_second)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.per_second


@dataclass(slots=True)
class LocalBuckets:
    """Decides without Redis, and remembers for the time after."""

    clock: Callable[[], float]
    memory: Memory | None = None
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _stop_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def acquire(self, purpose: str) -> tuple[float, str]:
        """Seconds to wait (0: go) and the reason."""
        with self._lock:
            now, memory = self.clock(), self.memory
            if now < self._stop_until:
                return self._stop_until - now, "stopped"
            if memory and now < memory.ends_at and memory.left <= memory.limit * KEPT_SHARE:
                return memory.ends_at - now, "used_up"
            if purpose not in BURST:
                return BACKGROUND_WAIT, "alone"
            size = float(BURST[purpose])
            bucket = self._buckets.setdefault(purpose, _Bucket(size, PER_MINUTE[purpose] / 60, size, now))
            return bucket.take(now), "alone"

    def remember(self, memory: Memory) -> None:
        """Keep what the shared state said last; an unknown one teaches nothing."""
        if memory.limit > 0 and memory.left >= 0:
            self.memory = memory

    def hear(self, status: int, rate: RateLimit | None) -> None:
        """Keep what an answer said."""
        now = self.clock()
        reset_in = rate.reset_in if rate else None
        if status == 429:
            wait = _UNTOLD_STOP if reset_in is None else reset_in
            self._stop_until = now + min(_LONGEST_STOP, wait) + 1
        if rate and reset_in is not None:
            memory, ends_at = self.memory, now + reset_in
            is_same = memory is not None and abs(memory.ends_at - ends_at) < 2
            left = min(rate.remaining, memory.left) if memory and is_same else rate.remaining
            self.remember(Memory(rate.limit, left, ends_at))
