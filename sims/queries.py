"""Reads of the SIM mirror: lists, one SIM, figures of the overview."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from enterprise.models import Enterprise, ServicePackage
from sims.filters import SimFilter, apply_filter
from sims.models import Sim, Status
from sims.querysets import SimQuerySet
from staff.models import User

EXPIRING_DAYS = 30


@dataclass(frozen=True)
class Slice:
    """A part of the fleet by status, for the donut."""

    status: str
    count: int


@dataclass(frozen=True)
class FleetFigures:
    """Counts of one enterprise as one person may see it."""

    total: int
    slices: list[Slice]
    near_limit: int
    expiring: int

    def count(self, status: Status) -> int:
        return sum(part.count for part in self.slices if part.status == status)


def fleet(user: User, enterprise: Enterprise) -> SimQuerySet:
    return Sim.objects.visible_to(user).filter(enterprise=enterprise).present()


def sim_list(user: User, enterprise: Enterprise, chosen: SimFilter) -> SimQuerySet:
    """Rows of a list, without the payload they don't show."""
    sims = fleet(user, enterprise).select_related("account").defer("raw", "supplementary", "search_text")
    return apply_filter(sims, chosen)


def fleet_figures(user: User, enterprise: Enterprise) -> FleetFigures:
    """Three queries."""
    sims = fleet(user, enterprise)
    counts = sims.order_by().values_list("status").annotate(n=Count("pk"))
    slices = [Slice(status, n) for status, n in counts]
    return FleetFigures(
        total=sum(part.count for part in slices),
        slices=sorted(slices, key=_lifecycle_order),
        near_limit=apply_filter(sims, SimFilter({"usage": "near"})).count(),
        expiring=apply_filter(sims, SimFilter({"expires": EXPIRING_DAYS})).count(),
    )


def _lifecycle_order(part: Slice) -> tuple[int, str]:
    known = list(Status.values)
    return (known.index(part.status) if part.status in known else len(known), part.status)


def allowances(enterprise: Enterprise) -> dict[tuple[int | None, str | None], float]:
    """Data allowance in MB by (account id, package name); packages without one are left out."""
    packages = ServicePackage.objects.filter(enterprise=enterprise, data_quota_mb__gt=0)
    return {(p[0], p[1]): p[2] or 0.0 for p in packages.values_list("account_id", "name", "data_quota_mb")}


def package_names(user: User, enterprise: Enterprise) -> list[str]:
    packages = ServicePackage.objects.filter(enterprise=enterprise, account__in=_accounts(user, enterprise))
    return sorted(set(packages.filter(type="BASIC").values_list("name", flat=True)))


def account_names(user: User, enterprise: Enterprise) -> list[str]:
    return list(_accounts(user, enterprise).values_list("name", flat=True))


def _accounts(user: User, enterprise: Enterprise) -> Any:
    return enterprise.accounts.visible_to(user).present()


def fresh_since(sim: Sim) -> datetime:
    """The moment up to which this row is known to equal the platform: its own read, or its account's last sweep."""
    swept = sim.account.swept_at if sim.account else sim.enterprise.swept_at
    return max(sim.observed_at, swept) if swept and sim.missing_since is None else sim.observed_at


def ends_soon(moment: datetime | None) -> bool:
    """Whether a package ends within `EXPIRING_DAYS`."""
    now = timezone.now()
    return moment is not None and now <= moment < now + timedelta(days=EXPIRING_DAYS)
