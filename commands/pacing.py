"""A paced plan queues only what may go now; what was queued and not picked up comes back when it becomes quiet.

At most `an_hour` in any 60 minutes: what was sent within the last 60 minutes and what is queued are never more than
that together, and sending only moves from the one to the other. Nothing is picked up after `Plan.hold_at` (the next
beginning of quiet hours), even while no worker comes to take it back.
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
SELDOM = timedelta(hours=1)
_NOT_SENT_YET = (State.QUEUED, State.LEASED)


def begin(plan: Plan, now: datetime) -> tuple[int, list[str]]:
    """How many may be queued, and SIMs of which codes may not. Takes back what it is quiet for; the caller saves."""
    pace = pace_of(plan.pace)
    closed = closed_codes(plan, pace, now)
    _take_back(plan, closed, now)
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


def next_look(plan: Plan, now: datetime, usual: datetime) -> datetime:
    """When a worker should look at a running plan again: soon while something is under way, else when it may go on."""
    if not plan.pace or Command.objects.filter(plan=plan, state__in=UNDER_WAY).exists():
        return usual
    pace = pace_of(plan.pace)
    closed = closed_codes(plan, pace, now)
    moments = [opening(pace, mcc, now) for mcc in closed if plan.homes[mcc]]
    if any(count for mcc, count in plan.homes.items() if mcc not in closed):
        moments.append(room_at(plan, pace, now) or usual)
    known = [moment for moment in moments if moment is not None]
    return max(usual, min(known)) if known else now + SELDOM if moments else usual


def _take_back(plan: Plan, closed: list[str], now: datetime) -> None:
    """As pausing does, and only what never left: what a person wants sent again waits in the queue."""
    if closed:
        waiting = Command.objects.filter(plan=plan, state=State.QUEUED, issue=0, mcc__in=closed)
        waiting.update(state=State.PLANNED, queued_at=None, changed_at=now)


def _closing(plan: Plan, pace: Pace, closed: list[str], now: datetime) -> datetime | None:
    if pace.hours is None:
        return None
    ends = (next_change(now, pace.hours, pace.zones(mcc)) for mcc in plan.homes if mcc not in closed)
    return min((moment for moment in ends if moment is not None), default=None)


def _spent(plan: Plan, now: datetime) -> int:
    """Of the hour's share: sent lately, or about to be. Each SIM once."""
    lines = Command.objects.filter(plan=plan, kind=plan.kind)
    sent = lines.filter(sent_at__gt=now - HOUR).count()
    about_to = lines.filter(state__in=_NOT_SENT_YET)
    return sent + about_to.filter(Q(sent_at=None) | Q(sent_at__lte=now - HOUR)).count()
