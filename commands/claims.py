"""Who holds which commands. A step away from a state names the state and fence it leaves: a late holder moves nothing.

The lease is renewed as a command is committed as sent, and a call that changes something ends (`CALL_SECONDS`) before
the lease does, even when the machine stalls (`STALLED`) between the two: whoever takes over finds the former holder's
request answered or given up.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from commands import pacing
from commands.models import BatchJob, Command, Plan, State
from commands.states import SETTLING
from enterprise.connections import BACKGROUND_SECONDS

LEASE = timedelta(seconds=settings.COMMANDS_LEASE_SECONDS)
# Total deadline of a call that changes something; and who wakes up later than `STALLED` after the commit sends nothing.
CALL_SECONDS = min(BACKGROUND_SECONDS, LEASE.total_seconds() * 2 / 3)
STALLED = LEASE / 6
# The first look at what a killed worker left: its request may still be under way.
FIRST_LOOK = timedelta(seconds=2)
# Seconds between two looks at what is under way, at a SIM or at its job.
PAUSES = (2, 3, 5, 10, 20, 30, 60, 120, 300)
BATCH = 100


class LeaseLost(Exception):
    """Somebody else holds these commands now, or they may not go any more; nothing may be sent for them."""


def claim_queued(enterprise_id: int, now: datetime, most: Callable[[str], int]) -> list[Command]:
    """Takes the next due commands of one plan, at most `most(kind)`. Single changes of people come first."""
    due = Command.objects.filter(enterprise=enterprise_id, state=State.QUEUED, run_at__lte=now)
    # What fell back into the queue of a cancelled plan waits to be cancelled too; people may queue single ones anew.
    left = Q(plan__state=Plan.State.CANCELLED, queued_at__lte=F("plan__finished_at"))
    quiet = Q(plan__state=Plan.State.RUNNING, plan__hold_at__lte=now)
    due = due.exclude(plan__state=Plan.State.PAUSED).exclude(left).exclude(quiet).select_related("plan")
    with transaction.atomic():
        first = _first(due, now)
        if first is None:
            return []
        others = due.filter(plan=first.plan_id).exclude(pk=first.pk).order_by("run_at", "id")
        more = others.select_for_update(skip_locked=True, of=("self",))[: most(first.kind) - 1]
        return _hold([first, *more], now, state=State.LEASED)


def _first(due: "QuerySet[Command]", now: datetime) -> Command | None:
    """The one to go next. Those whose own country rests wait until it does no more, whatever their plan does."""
    while True:
        free = due.order_by("rank", "run_at", "id").select_for_update(skip_locked=True, of=("self",))
        first = free.first()
        if first is None or not pacing.is_quiet_for(first, now):
            return first
        Command.objects.filter(pk=first.pk).update(run_at=pacing.wake_at(first, now))


def claim_settling(
    enterprise_id: int, now: datetime, kinds: Sequence[str], most: int = BATCH
) -> list[Command]:
    """Takes commands of these kinds whose outcome is to be read now. Their state stays."""
    due = Command.objects.filter(
        enterprise=enterprise_id, state__in=SETTLING, run_at__lte=now, kind__in=kinds
    ).exclude(lease_until__gte=now)
    with transaction.atomic():
        free = due.select_related("plan").order_by("run_at", "id")
        rows = free.select_for_update(skip_locked=True, of=("self",))[:most]
        return _hold(list(rows), now)


def _hold(rows: list[Command], now: datetime, **changes: Any) -> list[Command]:
    """One fence for all of them, above each one's own."""
    ids = [row.pk for row in rows]
    highest = Command.objects.filter(pk__in=ids).aggregate(top=Max("fence"))["top"] or 0
    changes |= {"fence": highest + 1, "lease_until": now + LEASE}
    if "state" in changes:
        changes["changed_at"] = now
    Command.objects.filter(pk__in=ids).update(**changes)
    for row in rows:
        for name, value in changes.items():
            setattr(row, name, value)
    return rows


def commit_sent(rows: list[Command], now: datetime, **changes: Any) -> None:
    """From leased to sent, all of them or none. Raises `LeaseLost`: then nothing may leave. Inside a transaction."""
    held = Command.objects.filter(
        pk__in=[row.pk for row in rows],
        fence=rows[0].fence,
        state=State.LEASED,
        lease_until__gt=timezone.now(),
    )
    moved = held.update(
        state=State.SENT,
        sent_at=now,
        changed_at=now,
        issue=F("issue") + 1,
        misses=0,
        missed_at=None,
        lease_until=now + LEASE,  # from here on: much of it may have gone by waiting for the budget
        error="",
        why="",
        **changes,
    )
    if moved != len(rows):
        raise LeaseLost
    for row in rows:
        row.state, row.sent_at, row.issue = State.SENT, now, row.issue + 1


def move(rows: Sequence[Command], state: State, **changes: Any) -> int:
    """Ends our hold of these with a state (their own: to be looked at later); how many were still ours."""
    now = timezone.now()
    if not rows:
        return 0
    ours = Command.objects.filter(
        pk__in=[row.pk for row in rows], fence=rows[0].fence, state__in={row.state for row in rows}
    )
    if state in (State.APPLIED, State.REJECTED, State.NOT_APPLIED):
        changes.setdefault("settled_at", now)
    if any(row.state != state for row in rows):
        changes.setdefault("changed_at", now)
    return ours.update(state=state, lease_until=None, **changes)


def recover(now: datetime) -> int:
    """What killed workers left: leased goes back to the queue, sent is unknown from now on. How many."""
    lost = Command.objects.filter(lease_until__lt=now)
    common = {"lease_until": None, "fence": F("fence") + 1, "changed_at": now}
    back = lost.filter(state=State.LEASED).update(state=State.QUEUED, run_at=now, **common)
    unknown = lost.filter(state=State.SENT).update(
        state=State.UNKNOWN,
        run_at=now + FIRST_LOOK,
        is_doubtful=True,
        error="The worker that sent it did not come back with an answer.",
        **common,
    )
    BatchJob.objects.filter(state=BatchJob.State.SENT, lease_until__lt=now).update(
        state=BatchJob.State.LOST,
        lease_until=None,
        finished_at=now,
        error="No answer to the request was seen, so the job's id is not known.",
    )
    return back + unknown
