"""How fast a plan may go, and at which hours not: chosen with the plan, and frozen with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from commands import countries
from commands.quiet import QuietHours, is_zone

MOST_AN_HOUR = 100_000


@dataclass(frozen=True)
class Pace:
    """`an_hour`: SIMs in any 60 minutes; None: as many as the budget allows. `hours`: None: at any time.

    `zone`: whose clocks count; "": those of each SIM's country, and `fallback` for SIMs of none.
    """

    an_hour: int | None = None
    hours: QuietHours | None = None
    zone: str = ""
    fallback: str = "UTC"

    @property
    def is_by_country(self) -> bool:
        return self.hours is not None and not self.zone

    def zones(self, mcc: str) -> tuple[str, ...]:
        """Where it must not be quiet for SIMs of this code."""
        if self.zone:
            return (self.zone,)
        return countries.zones_of(mcc) or (self.fallback,)

    def as_json(self) -> dict[str, Any]:
        """Only what was chosen; {} for a plan that may go at once."""
        found: dict[str, Any] = {"an_hour": self.an_hour} if self.an_hour else {}
        if self.hours is not None:
            begins, ends = (f"{t:%H:%M}" for t in (self.hours.begins, self.hours.ends))
            found |= {"from": begins, "to": ends, "zone": self.zone, "fallback": self.fallback}
        return found


def pace_of(stored: Mapping[str, Any]) -> Pace:
    """Out of `Plan.pace`. Raises `ValueError` for what `as_json` never writes."""
    if "from" not in stored:
        return Pace(stored.get("an_hour"))
    zone, fallback = str(stored["zone"]), str(stored["fallback"])
    if (zone and not is_zone(zone)) or not is_zone(fallback):
        raise ValueError("unknown zone")
    hours = QuietHours(time.fromisoformat(stored["from"]), time.fromisoformat(stored["to"]))
    return Pace(stored.get("an_hour"), hours, zone, fallback)
