"""Figures of a fleet for the overview, all of them out of rollups: no SIM row is read."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q, Sum
from django.utils import timezone

from enterprise.models import Enterprise
from sims.models import Status
from sims.queries import EXPIRING_DAYS
from sims.rollups import Dimension, visible_rollups
from staff.models import User


@dataclass(frozen=True)
class Slice:
    """A part of the fleet by status, for the donut."""

    status: str
    count: int


@dataclass(frozen=True)
class FleetFigures:
    """Counts of one enterprise as one person may see it. `ends`: SIMs by the day (UTC) their package ends, from
    `today` to `EXPIRING_DAYS` days ahead, that day included; days without one are absent."""

    total: int
    slices: list[Slice]
    near_limit: int
    missing: int
    today: date
    ends: dict[date, int] = field(default_factory=dict)

    @property
    def expiring(self) -> int:
        return sum(self.ends.values())

    def count(self, status: Status) -> int:
        return sum(part.count for part in self.slices if part.status == status)


def fleet_figures(user: User, enterprise: Enterprise, now: datetime | None = None) -> FleetFigures:
    """One query."""
    today = (now or timezone.now()).astimezone(UTC).date()
    span = (today.isoformat(), (today + timedelta(days=EXPIRING_DAYS)).isoformat())
    whole = (Dimension.STATUS, Dimension.USAGE, Dimension.PRESENCE)
    wanted = Q(dimension__in=whole) | Q(dimension=Dimension.ENDS, value__range=span)
    rows = visible_rollups(user, enterprise).filter(wanted).values_list("dimension", "value")
    found = {(dimension, value): n for dimension, value, n in rows.annotate(n=Sum("sims")).order_by()}
    statuses = Counter({value: n for (dimension, value), n in found.items() if dimension == Dimension.STATUS})
    ends = {
        date.fromisoformat(value): n for (dimension, value), n in found.items() if dimension == Dimension.ENDS
    }
    return FleetFigures(
        total=statuses.total(),
        slices=sorted((Slice(*item) for item in statuses.items()), key=_lifecycle_order),
        near_limit=sum(found.get((Dimension.USAGE, bucket), 0) for bucket in ("near", "over")),
        missing=found.get((Dimension.PRESENCE, "missing"), 0),
        today=today,
        ends=ends,
    )


def _lifecycle_order(part: Slice) -> tuple[int, str]:
    known = list(Status.values)
    return (known.index(part.status) if part.status in known else len(known), part.status)
