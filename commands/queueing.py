"""From planned to queued: in steps, never two commands for one SIM, never a SIM that is not as it was planned.

One transaction of an enterprise at a time does this (`one_at_a_time`); the partial unique index is the last word.
"""

import uuid
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_noop

from commands import pacing
from commands.fleet import fleet
from commands.models import Command, Group, Plan, State
from commands.states import TERMINAL, UNDER_WAY
from mirror.wake import wake as wake_workers

AHEAD = 2000
"""Most commands of a plan that wait in the queue: pausing stays quick, and drift is looked at shortly before."""
STEPS = (10, 100)
"""SIMs of the first steps of a plan in steps; then the rest."""
SMALL = 20
"""A plan of so many SIMs goes before larger ones."""
DRIFT_NOTE = gettext_noop("More SIMs changed since this plan was made than may fail. Make it again.")
STOP_NOTE = gettext_noop("More SIMs failed than the limit of this plan allows.")
_LOCK = 0x5148_434D


def wake() -> None:
    """Lets the workers look as soon as the transaction is committed."""
    transaction.on_commit(lambda: wake_workers("commands.tick"), robust=True)


def one_at_a_time(enterprise_id: int) -> None:
    """Waits until no other transaction queues or decides for this enterprise; held until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, enterprise_id])


def queue_next(plan: Plan) -> int:
    """Queues as many planned commands as step, pace and `AHEAD` allow; how many. Drifted ones are cancelled.

    The caller saves the plan.
    """
    now, closed = timezone.now(), list[str]()
    if plan.pace:
        most, closed = pacing.begin(plan, now)
    else:
        most = AHEAD - Command.objects.filter(plan=plan, state=State.QUEUED).count()
    queued, drifted = _queue(plan, most, closed, now)
    if plan.pace and queued + drifted:
        pacing.count_left(plan)
    return queued


def _queue(plan: Plan, most: int, closed: list[str], now: datetime) -> tuple[int, int]:
    """How many were queued, and how many cancelled because they are not as they were planned."""
    if (limit := step_limit(plan)) is not None:
        most = min(most, limit - started(plan))
    if most <= 0:
        return 0, 0
    busy = Command.objects.in_the_way_of(plan.kind).filter(
        enterprise=OuterRef("enterprise_id"), giccid=OuterRef("giccid")
    )
    waiting = Command.objects.filter(plan=plan, state=State.PLANNED).exclude(Exists(busy))
    waiting = waiting.exclude(mcc__in=closed) if closed else waiting
    ids = list(waiting.order_by("id").values_list("pk", flat=True)[:most])
    stale = fleet().stale(plan, ids) if ids else set()
    Command.objects.filter(pk__in=stale).update(state=State.CANCELLED, why="drifted", changed_at=now)
    rank = 0 if plan.changing <= SMALL else 1
    fresh = Command.objects.filter(pk__in=[pk for pk in ids if pk not in stale])
    queued = fresh.update(state=State.QUEUED, queued_at=now, run_at=now, changed_at=now, rank=rank)
    return queued, len(stale)


def step_limit(plan: Plan) -> int | None:
    """How many SIMs may have been started in this step; None: all."""
    if plan.mode != Plan.Mode.CANARY or plan.stage >= len(STEPS):
        return None
    return sum(STEPS[: plan.stage + 1])


def started(plan: Plan) -> int:
    """Commands of the plan that were queued at any time. Drifted ones were not."""
    return Command.objects.filter(plan=plan).exclude(queued_at=None).count()


def step_is_over(plan: Plan) -> bool:
    """Whether every SIM of the present step has its outcome, be it that a person must look."""
    return not Command.objects.filter(plan=plan, state__in=UNDER_WAY).exists()


def failed_percent(plan: Plan) -> float:
    """Of those started: refused, not applied or without a certain outcome."""
    bad = [State.REJECTED, State.NOT_APPLIED, State.NEEDS_HUMAN]
    count = Command.objects.filter(plan=plan, state__in=bad).count()
    return 100 * count / max(1, started(plan))


def halt(plan: Plan, state: Plan.State, note: str) -> None:
    """Takes back what was not sent. The caller holds the plan's lock and saves."""
    plan.state, plan.note = state, note
    take_back(plan)
    tally(plan)


def take_back(plan: Plan) -> None:
    """Of a plan that stands still nothing waits in the queue, where it would keep other orders from its SIM."""
    taken = Command.objects.filter(plan=plan).take_back(timezone.now())
    if taken and plan.pace:
        pacing.count_left(plan)


def tally(plan: Plan, now: datetime | None = None) -> None:
    """Counts the plan's commands by state, for pages that must not count themselves. The caller saves."""
    rows = Command.objects.filter(plan=plan).order_by().values_list("state").annotate(n=Count("pk"))
    plan.tally, plan.tallied_at = dict(rows), now or timezone.now()


def has_ended(plan: Plan) -> bool:
    """Whether nothing more will happen by itself; SIMs that need a person may remain."""
    open_states = [state for state in State if state not in (*TERMINAL, State.NEEDS_HUMAN)]
    return not Command.objects.filter(plan=plan, state__in=open_states).exists()


def suspend_first(plan: Plan) -> Plan | None:
    """The plan before a retirement with cooling-off: active SIMs are suspended now. None when there are none."""
    active = Command.objects.filter(plan=plan, state=State.PLANNED, before="ACTIVATED")
    rows = list(active.values_list("giccid", "account_id"))
    if not rows:
        return None
    child = _suspension(plan, len(rows))
    lines = [
        Command(
            plan=child,
            enterprise=plan.enterprise,
            kind=child.kind,
            giccid=giccid,
            account_id=account_id,
            group=Group.CHANGE,
            state=State.PLANNED,
            before="ACTIVATED",
            after="DEACTIVATED",
            expects="ACTIVATED",
        )
        for giccid, account_id in rows
    ]
    Command.objects.bulk_create(lines, batch_size=2000)
    queue_next(child)
    return child


def _suspension(plan: Plan, sims: int) -> Plan:
    """Running already: who released the retirement released this with it."""
    now = timezone.now()
    return Plan.objects.create(
        uid=uuid.uuid5(plan.pk, "suspend first"),
        enterprise=plan.enterprise,
        kind="suspend",
        source={"giccids": []},
        created_by=plan.created_by,
        submitted_by=plan.submitted_by,
        submitted_at=now,
        frozen_at=now,
        started_at=now,
        reason=plan.reason,
        state=Plan.State.RUNNING,
        parent=plan,
        digest=plan.digest,
        total=sims,
        groups={Group.CHANGE: sims},
        calls=2 * -(-sims // 100),
        account_ids=plan.account_ids,
        stop_percent=plan.stop_percent,
    )
