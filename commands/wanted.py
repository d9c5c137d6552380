"""What waits for a worker now: the sweeper's questions, each answered by a partial index."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from commands.models import BatchJob, Command, Plan, State
from commands.states import SETTLING, UNDER_WAY
from mirror import leases

MOST_PLANS = 20
_MOVING = (Plan.State.FREEZING, Plan.State.AWAITING, Plan.State.SCHEDULED, Plan.State.RUNNING)
# Nothing begins in these any more, but requests may have been under way when they stopped.
_ENDING = (Plan.State.PAUSED, Plan.State.CANCELLED, Plan.State.COMPLETED)


def due_plans(now: datetime) -> list[UUID]:
    """Plans with a step to take, the longest due first."""
    ending = Q(state__in=_ENDING, tally__has_any_keys=[str(state) for state in UNDER_WAY])
    due = leases.claimable(Plan.objects.filter(Q(state__in=_MOVING) | ending), now).order_by("run_at")
    return list(due.values_list("pk", flat=True)[:MOST_PLANS])


def due_work(now: datetime) -> Iterator[tuple[str, int]]:
    """Pairs of what is to be done (dispatch, settle, poll) and the enterprise it is for."""
    queued = Command.objects.filter(state=State.QUEUED, run_at__lte=now)
    settling = Command.objects.filter(state__in=SETTLING, run_at__lte=now).exclude(lease_until__gte=now)
    jobs = leases.claimable(BatchJob.objects.filter(state=BatchJob.State.PROCESSING), now)
    for name, rows in (("dispatch", queued), ("settle", settling), ("poll", jobs)):
        for pk in rows.order_by().values_list("enterprise_id", flat=True).distinct():
            yield name, pk
