"""A paced plan queues only what may go now; what was queued and not picked up comes back when it becomes quiet.

At most `an_hour` in any 60 minutes: what was sent within the last 60 minutes and what is queued are never more than
that together, and sending only moves from the one to the other. Nothing is picked up after `Plan.hold_at` (the next
beginning of quiet hours; past while it is quiet everywhere), even while no worker comes to take it back, and whoever
picks one up looks at its country's clocks (`is_quiet_for`).
"""

from datetime import datetime, timedelta

from django.db.models import Count, Q

from commands.models import Command, Plan, State
from commands.pace import Pace, pace_of
from commands.quiet import is_quiet, next_change
from commands.states import UNDER_WAY

HOUR = timedelta(hours=1)
AHEAD = 100
"""Most commands of a paced plan that wait in the queue: it becomes quiet while they are sent."""
A_WHILE = timedelta(seconds=5)
"""Between two looks at a plan that can queue nothing: each look counts all its lines."""
SELDOM = timedelta(hours=1)
_NOT_SENT_YET = (State.QUEUED, State.LEASED)


def begin(plan: Plan, now: datetime) -> tuple[int, list[str]]:
    """How many may be queued, and SIMs of which codes may not. Takes back what it is quiet for; the caller saves."""
    pace = pace_of(plan.pace)
    closed = closed_codes(plan, pace, now)
    if closed and Command.objects.filter(plan=plan, mcc__in=closed).take_back(now):
        count_left(plan)
    plan.hold_at = _closing(plan, pace, closed, now)
    queued = Command.objects.filter(plan=plan, state=State.QUEUED).count()
    most = AHEAD - queued
    return (most if pace.an_hour is None else min(most, pace.an_hour - _spent(plan, now))), closed


def count_left(plan: Plan) -> None:
    """Writes down how many are still to be queued, by code: pages count nothing. Codes stay when none is left."""
    left = Command.objects.filter(plan=plan, state=State.PLANNED).order_by().values_list("mcc")
    plan.homes = dict.fromkeys(plan.homes, 0) | dict(left.annotate(n=Count("pk")))


def closed_codes(plan: Plan, pace: Pace, now: datetime) -> list[str]:
    """Codes of the plan's SIMs for which it is quiet now."""
    if pace.hours is None:
        return []
    return [mcc for mcc in plan.homes if is_quiet(now, pace.hours, pace.zones(mcc))]


def opening(pace: Pace, mcc: str, now: datetime) -> datetime | None:
    """When the quiet hours that hold this code's SIMs back end; None: never."""
    return next_change(now, pace.hours, pace.zones(mcc)) if pace.hours else None


def room_at(plan: Plan, pace: Pace, now: datetime) -> datetime | None:
    """When the hour's share lets another go; None: it does now."""
    if pace.an_hour is None or _spent(plan, now) < pace.an_hour:
        return None
    sent = Command.objects.filter(plan=plan, kind=plan.kind, sent_at__gt=now - HOUR).order_by("sent_at")
    first = sent.values_list("sent_at", flat=True).first()
    return first + HOUR if first else None


def is_quiet_for(command: Command, now: datetime) -> bool:
    """Whether its running plan lets it rest now. What people send again out of a plan that ended goes at once."""
    plan = command.plan
    if not plan.pace or plan.state != Plan.State.RUNNING:
        return False
    pace = pace_of(plan.pace)
    return pace.hours is not None and is_quiet(now, pace.hours, pace.zones(command.mcc))


def wake_at(command: Command, now: datetime) -> datetime:
    """When a command for which it is quiet is to be looked at again."""
    return opening(pace_of(command.plan.pace), command.mcc, now) or now + SELDOM


def next_look(plan: Plan, now: datetime, usual: datetime, queued: int) -> datetime:
    """When a worker should look at a running plan again: soon while it fills the queue, else when it may go on.

    What is under way needs no look each second: it is sent and settled by others.
    """
    lines = Command.objects.filter(plan=plan)
    if not plan.pace or queued or lines.filter(state=State.QUEUED).count() >= AHEAD:
        return usual
    pace = pace_of(plan.pace)
    closed = closed_codes(plan, pace, now)
    moments = [opening(pace, mcc, now) for mcc in closed if plan.homes[mcc]]
    if any(count for mcc, count in plan.homes.items() if mcc not in closed):
        moments.append(room_at(plan, pace, now) or now + A_WHILE)
    if lines.filter(state__in=UNDER_WAY).exists():
        moments.append(now + A_WHILE)
    known = [moment for moment in moments if moment is not None]
    return max(usual, min(known)) if known else now + SELDOM if moments else usual


def _closing(plan: Plan, pace: Pace, closed: list[str], now: datetime) -> datetime | None:
    if pace.hours is None:
        return None
    loud = [mcc for mcc in plan.homes if mcc not in closed]
    if not loud:
        return now  # it is quiet everywhere: what falls back into the queue waits there
    ends = (next_change(now, pace.hours, pace.zones(mcc)) for mcc in loud)
    return min((moment for moment in ends if moment is not None), default=None)


def _spent(plan: Plan, now: datetime) -> int:
    """Of the hour's share: sent lately, or about to be. Each SIM once."""
    lines = Command.objects.filter(plan=plan, kind=plan.kind)
    sent = lines.filter(sent_at__gt=now - HOUR).count()
    about_to = lines.filter(state__in=_NOT_SENT_YET)
    return sent + about_to.filter(Q(sent_at=None) | Q(sent_at__lte=now - HOUR)).count()
