"""A worker's part in plans: freezing large ones, starting scheduled ones, going from step to step, ending them."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from commands import approvals, pacing, plans, queueing
from commands.fleet import fleet
from commands.models import Plan
from commands.states import UNDER_WAY
from mirror import leases

logger = logging.getLogger(__name__)
EVERY = timedelta(seconds=1)
# A plan that killed its worker this often will kill the next one too.
MAX_CLAIMS = 5
MOST_BEHIND = 20
State = Plan.State


def advance(uid: UUID, now: datetime) -> None:
    """One step of a plan, if nobody else is at it. A fault of ours ends it visibly."""
    plan = leases.claim(Plan.objects.filter(pk=uid, state__in=list(_STEPS)), now)
    if plan is None:
        return
    try:
        _STEPS[State(plan.state)](plan, now)
    except leases.LeaseLost:
        return
    except (OperationalError, InterfaceError):  # the database is away; the lease runs out and another goes on
        raise
    except Exception:
        logger.exception("plan %s failed", plan.pk)
        with suppress(leases.LeaseLost):
            leases.keep(plan, run_at=now + timedelta(minutes=1), lease_until=None)


def _freeze(plan: Plan, _now: datetime) -> None:
    if plan.fence > MAX_CLAIMS:
        leases.keep(plan, state=State.FAILED, note="It could not be worked out.", lease_until=None)
        return
    with transaction.atomic():
        plans.freeze(plan)


def _expire(plan: Plan, now: datetime) -> None:
    with transaction.atomic():
        plan = plans.locked(plan)
        if plan.state == State.AWAITING and approvals.expire(plan, now):
            plan.state, plan.finished_at = State.EXPIRED, now
            plans.drop_planned(plan, "expired")
        plan.lease_until = None
        plan.save()


def _start(plan: Plan, now: datetime) -> None:
    """A scheduled plan at its time. Single SIMs that changed are left out; many of them stop it altogether."""
    with transaction.atomic():
        plan = plans.locked(plan)
        if plan.state != State.SCHEDULED:
            return
        stale = len(fleet().stale(plan)) if not plan.cooling_hours else 0
        if 100 * stale > plan.stop_percent * plan.changing:
            plan.state, plan.note, plan.finished_at = State.DRIFTED, queueing.DRIFT_NOTE, now
            plans.drop_planned(plan, "drifted")
        else:
            plan.state, plan.started_at, plan.run_at = State.RUNNING, now, now
        plan.lease_until = None
        plan.save()
    queueing.wake()


def _run(plan: Plan, now: datetime) -> None:
    with transaction.atomic():
        plan = plans.locked(plan)
        if plan.state != State.RUNNING:
            return
        queued = queueing.queue_next(plan)
        if not queued and queueing.step_is_over(plan):
            queued = _next_step(plan, now)
        queueing.tally(plan, now)
        plan.run_at, plan.lease_until = pacing.next_look(plan, now, now + EVERY, queued), None
        plan.save()
    if queued:
        queueing.wake()


def recount(enterprise_id: int) -> int:
    """Plans that stopped with orders under way: their figures follow until the last one has its outcome. How many."""
    stopped = Plan.objects.filter(enterprise=enterprise_id, state__in=[State.PAUSED, State.CANCELLED])
    behind = stopped.filter(tally__has_any_keys=[str(state) for state in UNDER_WAY])
    plans_behind = list(behind.only("pk", "state")[:MOST_BEHIND])
    for plan in plans_behind:
        queueing.tally(plan)
        # Only while it stands still: whoever moved it has counted anew.
        still = Plan.objects.filter(pk=plan.pk, state=plan.state)
        still.update(tally=plan.tally, tallied_at=plan.tallied_at)
    return len(plans_behind)


def _next_step(plan: Plan, now: datetime) -> int:
    """Ends the plan, stops it, or begins its next step; how many commands that queued."""
    if queueing.has_ended(plan):
        plan.state, plan.finished_at = State.COMPLETED, now
    elif queueing.step_limit(plan) is not None and queueing.started(plan) >= (queueing.step_limit(plan) or 0):
        if queueing.failed_percent(plan) > plan.stop_percent:
            queueing.halt(plan, State.PAUSED, queueing.STOP_NOTE)
            plan.stopped_by_itself = True
        else:
            plan.stage += 1
            return queueing.queue_next(plan)
    return 0


def _follow(plan: Plan, now: datetime) -> None:
    """A plan that was halted or ended while requests were under way: their outcomes are counted.

    What fell back into the queue (its worker was killed, the platform said 429) is cancelled with a cancelled plan, and
    waits in a paused one until it is resumed.
    """
    with transaction.atomic():
        plan = plans.locked(plan)
        if plan.state == State.CANCELLED:
            plans.drop_planned(plan, "cancelled")
        elif plan.state == State.PAUSED:
            queueing.take_back(plan)
        queueing.tally(plan, now)
        plan.run_at, plan.lease_until = now + EVERY, None
        plan.save()


_STEPS: dict[State, Callable[[Plan, datetime], None]] = {
    State.FREEZING: _freeze,
    State.AWAITING: _expire,
    State.SCHEDULED: _start,
    State.RUNNING: _run,
    State.PAUSED: _follow,
    State.CANCELLED: _follow,
    State.COMPLETED: _follow,
}
