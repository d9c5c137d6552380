"""How far apart full sweeps are: as set, or further where that would take more than sweeps may."""

import math
from datetime import timedelta

from enterprise.models import Enterprise
from enterprise.start import SWEEP
from mirror.models import SyncRun

SHARE = 0.5  # of an hour's requests, for sweeps that follow each other
_USUAL_LIMIT = 5000


def interval(enterprise: Enterprise, requests: int) -> timedelta:
    """From one scheduled sweep's start to the next, if a sweep costs so many requests."""
    told = enterprise.rate_limit or _USUAL_LIMIT
    limit = min(told, enterprise.budget_cap or told)
    hours = requests / max(1.0, limit * SHARE)
    return max(timedelta(minutes=enterprise.sweep_minutes), timedelta(minutes=math.ceil(hours * 60)))


def last_interval(enterprise: Enterprise) -> timedelta:
    """As the last complete sweep's cost tells. One query."""
    complete = SyncRun.objects.filter(enterprise=enterprise, job=SWEEP, state=SyncRun.State.SUCCEEDED)
    cost = complete.order_by("-started_at").values_list("requests", flat=True).first()
    return interval(enterprise, cost or 0)
