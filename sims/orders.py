"""Commands of one SIM: under way, done, still to come."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from commands.models import Command, Plan, State
from commands.querysets import CommandQuerySet
from commands.states import IN_FLIGHT
from sims.models import Sim
from staff.models import User

JUST_SETTLED = timedelta(minutes=5)
TO_COME = (Plan.State.AWAITING, Plan.State.SCHEDULED, Plan.State.RUNNING, Plan.State.PAUSED)
MOST_TO_COME = 20


def orders_of(user: User, sim: Sim) -> CommandQuerySet:
    """What was ordered for this SIM as far as this person may see it, newest first."""
    own = Command.objects.visible_to(user).filter(enterprise=sim.enterprise_id, giccid=sim.giccid)
    return own.ordered_ones().select_related("plan", "plan__created_by").order_by("-id")


def fresh_orders(user: User, sim: Sim) -> list[Command]:
    """Under way, or settled so shortly ago that whoever ordered it is still looking. One at most is under way."""
    recent = Q(state__in=IN_FLIGHT) | Q(changed_at__gte=timezone.now() - JUST_SETTLED)
    return list(orders_of(user, sim).changes().filter(recent)[:3])


def is_moving(orders: list[Command]) -> bool:
    """Whether something will happen to them without a person."""
    return any(order.state in IN_FLIGHT and order.state != State.NEEDS_HUMAN for order in orders)


def to_come(user: User, sim: Sim) -> list[Command]:
    """Lines of plans that are released or wait for approval: what will be done unless somebody cancels it."""
    plans = Plan.objects.filter(enterprise=sim.enterprise_id, state__in=TO_COME).values("pk")
    own = Command.objects.visible_to(user).filter(plan__in=plans, giccid=sim.giccid, state=State.PLANNED)
    return list(own.select_related("plan", "plan__created_by").order_by("id")[:MOST_TO_COME])
