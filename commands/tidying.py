"""What is kept, and for how long: plans that came to nothing a week, what was ordered as long as the enterprise says.

Rows go a piece at a time, each in a transaction of its own, so that nothing waits on a large plan.
"""

import time
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from commands.models import Attempt, BatchJob, Command, Plan
from commands.states import IN_FLIGHT
from enterprise.models import Enterprise

KEPT_DRAFT = timedelta(days=7)
PIECE = 2000
SECONDS = 60.0
"""One run at most; the next hour goes on."""
_NEVER_STARTED = (Plan.State.DRAFT, Plan.State.EXPIRED, Plan.State.CANCELLED)
_ENDED = (
    Plan.State.COMPLETED,
    Plan.State.CANCELLED,
    Plan.State.DECLINED,
    Plan.State.EXPIRED,
    Plan.State.DRIFTED,
    Plan.State.FAILED,
)


def tidy(now: datetime, *, seconds: float = SECONDS) -> int:
    """How many plans are gone. What is in flight, or needs a person, is kept whatever its age."""
    until = time.monotonic() + seconds
    gone = _remove(_abandoned(now), until)
    for enterprise in Enterprise.objects.only("pk", "history_days"):
        gone += _remove(_outdated(enterprise, now), until)
    return gone


def _abandoned(now: datetime) -> "QuerySet[Plan]":
    """Drafts, and what expired or was cancelled before its first order."""
    old = Plan.objects.filter(state__in=_NEVER_STARTED, created_at__lt=now - KEPT_DRAFT, started_at=None)
    return old.filter(Q(finished_at=None) | Q(finished_at__lt=now - KEPT_DRAFT))


def _outdated(enterprise: Enterprise, now: datetime) -> "QuerySet[Plan]":
    limit = now - timedelta(days=enterprise.history_days)
    ended = Plan.objects.filter(enterprise=enterprise, state__in=_ENDED, created_at__lt=limit)
    return ended.filter(Q(finished_at=None) | Q(finished_at__lt=limit))


def _remove(plans: "QuerySet[Plan]", until: float) -> int:
    """A plan goes last, so that a run cut short leaves nothing without its plan."""
    moving = Command.objects.filter(plan=OuterRef("pk"), state__in=IN_FLIGHT)
    gone = 0
    for plan in plans.exclude(Exists(moving)).order_by("created_at")[:PIECE]:
        if not _empty(plan, until):
            break
        plan.delete()
        gone += 1
    return gone


def _empty(plan: Plan, until: float) -> bool:
    """Whether all its rows are gone; False when the time is up."""
    rows = [
        Attempt.objects.filter(command__plan=plan),
        Attempt.objects.filter(job__plan=plan),
        Command.objects.filter(plan=plan).exclude(state__in=IN_FLIGHT),
        BatchJob.objects.filter(plan=plan),
    ]
    for some in rows:
        while ids := list(some.order_by("pk").values_list("pk", flat=True)[:PIECE]):
            if time.monotonic() > until:
                return False
            some.model._default_manager.filter(pk__in=ids)._raw_delete(some.db)
    return not Command.objects.filter(plan=plan).exists()
