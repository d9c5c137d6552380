"""What a SIM used day by day, out of its cycle counters as seen at the end of each day."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sims.models import Sim, SimDay

SPANS = (30, 90, 400)


@dataclass(frozen=True)
class Counters:
    """Data in MB, messages, voice in minutes."""

    data_mb: float = 0.0
    sms: float = 0.0
    voice_min: float = 0.0


NOTHING = Counters()


@dataclass(frozen=True)
class UsageDay:
    """Used on `day` (UTC). `is_new_cycle`: the counters began anew, so that day's use is what they show at its end."""

    day: date
    used: Counters
    counter: Counters
    is_new_cycle: bool = False


@dataclass(frozen=True)
class UsageSeries:
    """Days from `start` to `end`, oldest first; a day without a row used nothing. `since`: the first snapshot."""

    start: date
    end: date
    rows: list[UsageDay] = field(default_factory=list)
    since: date | None = None

    @property
    def total(self) -> Counters:
        return Counters(
            sum(row.used.data_mb for row in self.rows),
            sum(row.used.sms for row in self.rows),
            sum(row.used.voice_min for row in self.rows),
        )

    @property
    def busiest(self) -> UsageDay | None:
        used = [row for row in self.rows if row.used.data_mb > 0]
        return max(used, key=lambda row: row.used.data_mb, default=None)

    @property
    def counted_days(self) -> int:
        """Days of the span we have looked at, today included."""
        first = max(self.start, self.since) if self.since else self.end
        return (self.end - first).days + 1


def usage_of(sim: Sim, days: int, now: datetime) -> UsageSeries:
    """The last `days` days, today (UTC) included. Three queries."""
    end = now.astimezone(UTC).date()
    start = end - timedelta(days=days - 1)
    snapshots = SimDay.objects.filter(sim_id=sim.pk)
    first = snapshots.order_by("day").first()
    if first is None:
        return UsageSeries(start, end)
    earlier = snapshots.filter(day__lt=start).order_by("-day").first()
    base = _counters(earlier) if earlier else _before_the_first(sim, first)
    rows: list[UsageDay] = []
    for snapshot in snapshots.filter(day__range=(start, end)).order_by("day"):
        counter = _counters(snapshot)
        rows.append(_day(snapshot.day, base, counter))
        base = counter
    return UsageSeries(start, end, rows, _since(sim, first))


def _before_the_first(sim: Sim, first: SimDay) -> Counters:
    """A SIM that came with usage got a snapshot on that day: how much of it was that day's nobody knows, so none is.
    One that came without any got its first snapshot with its first use."""
    return _counters(first) if first.day <= _day_of(sim.first_seen_at) else NOTHING


def _since(sim: Sim, first: SimDay) -> date:
    return min(first.day, _day_of(sim.first_seen_at))


def _day(day: date, base: Counters, counter: Counters) -> UsageDay:
    used = Counters(
        _grown(base.data_mb, counter.data_mb),
        _grown(base.sms, counter.sms),
        _grown(base.voice_min, counter.voice_min),
    )
    return UsageDay(day, used, counter, is_new_cycle=counter.data_mb < base.data_mb / 2)


def _grown(before: float, after: float) -> float:
    """As `AccountDay` counts: below half is a new cycle and counts whole, a smaller fall is a correction."""
    if after >= before:
        return after - before
    return after if after < before / 2 else 0.0


def _counters(snapshot: SimDay) -> Counters:
    return Counters(snapshot.data_mb, snapshot.sms, snapshot.voice_min)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
