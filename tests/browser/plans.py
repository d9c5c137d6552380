"""Plans for the pages of the browser's world."""

from datetime import UTC, datetime

from django.utils import timezone

from commands.models import Group, Plan, State
from tests.browser.world import World
from tests.command_factories import ApprovalFactory, CommandFactory, PlanFactory

SOON = datetime(2099, 1, 1, 3, 0, tzinfo=UTC)
_SKIPPED = (
    (Group.ALREADY, ""),
    (Group.NOT_ALLOWED, "status"),
    (Group.PROTECTED, ""),
    (Group.UNKNOWN, "not_here"),
)
# None under way: one SIM has one such order at most, and other looks use the same SIMs.
_OUTCOMES = (State.APPLIED, State.REJECTED, State.NOT_APPLIED, State.CANCELLED, State.PLANNED)


def plan_of_every_state(world: World, kind: str, *, asks: bool, **values: object) -> Plan:
    """One line of each state and group, with long words in the errors."""
    own = {"enterprise": world.enterprises["main"], "created_by": world.people["operator"], "kind": kind}
    began = timezone.now() if values.get("state") in ("running", "paused", "completed") else None
    plan: Plan = PlanFactory(**own, reason="Depot closed. " * 8, started_at=began, **values)
    sims = iter(world.enterprises["main"].sims.order_by("giccid")[:20])
    for state in _OUTCOMES if began else ():
        CommandFactory(sim=next(sims), plan=plan, state=state, why="illegal_status", error="x" * 200)
    for _n in range(0 if began else 3):
        CommandFactory(sim=next(sims), plan=plan)
    for group, why in _SKIPPED:
        CommandFactory(sim=next(sims), plan=plan, group=group, why=why, state=State.SKIPPED, after="")
    if asks:
        ApprovalFactory(plan=plan, requested_by=world.people["operator"])
    if not began:
        Plan.objects.filter(pk=plan.pk).update(tally={})
    return plan
