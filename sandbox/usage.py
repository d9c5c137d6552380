"""Cycle usage as a function of (SIM, time): nothing is stored, it grows by itself and survives a restart.

A cycle is a calendar month UTC (assumed). Usage moves in steps aligned to the epoch, for all SIMs at once;
with step 0 it stands still at the middle of the cycle. Data in MB with three decimals, voice in minutes
(assumed).
"""

import math
from dataclasses import dataclass

from .catalog import PACKAGE_BY_ID
from .db import Row
from .times import month_of

_MIX = 2654435761  # Knuth's multiplier: neighbouring ids get unrelated numbers


def scramble(number: int) -> int:
    """A fixed 32-bit number per SIM id."""
    return (number * _MIX ^ (number * _MIX >> 15)) & 0xFFFFFFFF


def is_hot(sim_id: int) -> bool:
    """One SIM in twenty uses its quota up, early in the cycle."""
    return scramble(sim_id) % 20 == 0


@dataclass(frozen=True)
class Moment:
    """The instant usage is computed for: the step's time and the cycle around it (epoch seconds)."""

    at: int
    cycle_start: int
    cycle_end: int
    is_frozen: bool

    @classmethod
    def of(cls, now: float, step_s: int) -> "Moment":
        """The last step before `now`."""
        at = int(now) - int(now) % step_s if step_s else int(now)
        start, end = month_of(at)
        return cls((start + end) // 2 if step_s == 0 else at, start, end, step_s == 0)

    def progress(self, activated_at: int | None, stopped_at: int | None) -> float:
        """The share of the cycle, 0 to 1, in which the SIM was on."""
        if activated_at is None:
            return 0.0
        if self.is_frozen:
            return 0.5 if stopped_at is None else 0.0
        end = self.at if stopped_at is None else min(self.at, stopped_at)
        return max(0, end - max(self.cycle_start, activated_at)) / (self.cycle_end - self.cycle_start)


def data_kb(sim: Row, moment: Moment) -> int:
    """This cycle's data in thousandths of a MB."""
    fixed: float | None = sim["usage_set"]
    if fixed is not None:
        return round(fixed * 1000)
    share = moment.progress(sim["activated_at"], sim["stopped_at"])
    if share <= 0:
        return 0
    bend = 0.15 if is_hot(sim["id"]) else 0.8 + scramble(sim["id"]) % 41 / 100
    month_mb: float = sim["month_mb"]
    return int(month_mb * math.pow(share, bend) * 1000)


def counts(sim: Row, moment: Moment) -> tuple[int, int]:
    """This cycle's SMS and voice minutes."""
    share = moment.progress(sim["activated_at"], sim["stopped_at"])
    if share <= 0 or sim["package"] is None:
        return 0, 0
    mixed, package = scramble(sim["id"]), PACKAGE_BY_ID[sim["package"]]
    sms = (mixed >> 8) % 41 * package.sms_quota // 100
    voice = (mixed >> 16) % 41 * package.voice_quota // 100
    return int(sms * share), int(voice * share)


def per_apn(total_kb: int, sim_id: int, apns: int) -> list[int]:
    """`total_kb` divided over the SIM's APNs, the first one leading; the parts sum exactly to the total."""
    parts = []
    for index in range(apns - 1):
        part = total_kb * (60 + scramble(sim_id + index) % 31) // 100
        parts.append(part)
        total_kb -= part
    return [*parts, total_kb]
