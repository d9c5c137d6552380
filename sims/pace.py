"""How often a fleet of this size can be swept: sweeps take about half of an hour's requests at most."""

import math
from datetime import timedelta

from enterprise.interval import interval
from enterprise.models import Enterprise
from mirror.models import SyncRun
from sims.models import Rollup

PAGE_SIZE = 100


def requests_of_a_sweep(enterprise: Enterprise) -> int:
    """A page for every 100 SIMs, a last page for each account, and the plan."""
    rows = Rollup.objects.filter(enterprise=enterprise, dimension=Rollup.Dimension.STATUS, sims__gt=0)
    sims_by_account: dict[int, int] = {}
    for account_id, sims in rows.values_list("account_id", "sims"):
        sims_by_account[account_id] = sims_by_account.get(account_id, 0) + sims
    return 2 + sum(math.ceil(sims / PAGE_SIZE) for sims in sims_by_account.values())


def pace(enterprise: Enterprise, requests: int | None = None) -> timedelta:
    """Time from one scheduled sweep's start to the next: what is set, or longer if the budget allows no more.

    `requests`: what a sweep costs, if the caller has counted already.
    """
    return interval(enterprise, requests_of_a_sweep(enterprise) if requests is None else requests)


def is_too_soon(enterprise: Enterprise, job: str, seconds: float) -> bool:
    """Whether the last sweep began so lately, at epoch `seconds`, that another one would take more than its share.

    Only where the fleet sets the pace: there the time from start to start counts, not the slots.
    """
    between = pace(enterprise)
    if between <= timedelta(minutes=enterprise.sweep_minutes):
        return False
    last = (
        SyncRun.objects.filter(enterprise=enterprise, job=job)
        .exclude(started_at=None)
        .exclude(state=SyncRun.State.FAILED)
        .order_by("-started_at")
    )
    started_at = last.values_list("started_at", flat=True).first()
    return started_at is not None and seconds - started_at.timestamp() < between.total_seconds()
