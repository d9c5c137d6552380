"""Quiet hours: times of day at which nothing may be sent, in a zone or in all of several.

They go by what clocks show there, so they follow daylight saving time: an hour that clocks show twice is quiet twice,
and one they skip is over at once. Offsets and changes of zones fall on quarters of an hour, as quiet hours do too;
so looking at every quarter finds every beginning and end exactly.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

QUARTER = timedelta(minutes=15)
_AS_FAR_AS = 4 * 24 * 2
"""Quarters looked ahead: what does not change within two days never does."""


@dataclass(frozen=True)
class QuietHours:
    """From a time of day until another, which may be the next day's. Equal ones would be no time at all."""

    begins: time
    ends: time

    def __post_init__(self) -> None:
        if self.begins == self.ends or any(t.minute % 15 or t.second for t in (self.begins, self.ends)):
            raise ValueError("quiet hours begin and end at different quarters of an hour")

    @property
    def minutes(self) -> int:
        """How long they are on a day without a change of clocks."""
        begin, end = (60 * t.hour + t.minute for t in (self.begins, self.ends))
        return (end - begin) % (24 * 60)

    def covers(self, shown: time) -> bool:
        """Whether it is quiet when clocks show this."""
        if self.begins < self.ends:
            return self.begins <= shown < self.ends
        return shown >= self.begins or shown < self.ends


def is_quiet(moment: datetime, hours: QuietHours, zones: Iterable[str]) -> bool:
    """Whether it is quiet in any of the zones at an aware moment."""
    return any(hours.covers(moment.astimezone(_zone(name)).time()) for name in zones)


def next_change(moment: datetime, hours: QuietHours, zones: Iterable[str]) -> datetime | None:
    """When it becomes quiet, or is over, next; after `moment`. None: it never changes (or not within two days)."""
    names = tuple(zones)
    now = is_quiet(moment, hours, names)
    quarter = _quarter(moment)
    for _number in range(_AS_FAR_AS):
        quarter += QUARTER
        if is_quiet(quarter, hours, names) != now:
            return quarter
    return None


def is_zone(name: str) -> bool:
    """Whether a name is one of the time zone database's."""
    return name in _names()


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _quarter(moment: datetime) -> datetime:
    """The last quarter of an hour at or before it, in UTC."""
    utc = moment.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0)
