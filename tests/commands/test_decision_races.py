"""Two people, one order, the same moment; in real transactions.

With the lock on the row taken out both would have decided.
"""

from functools import partial

from commands import decisions
from commands.models import Command, Plan, State
from staff.models import AuditEvent
from tests import factories
from tests.command_factories import CommandFactory, PlanFactory
from tests.support.committed import at_once

NOTE = "Seen on the meter"


def test_of_two_at_the_same_moment_one_decides(committed):
    """Both have seen the page; neither has seen the other."""
    sim = factories.SimFactory(account=factories.AccountFactory(enterprise=committed), status="ACTIVATED")
    people = [factories.UserFactory(role="approver") for _n in range(2)]
    order = CommandFactory(
        sim=sim, plan=PlanFactory(enterprise=committed, state=Plan.State.COMPLETED), state=State.NEEDS_HUMAN
    )
    verbs = [decisions.mark_applied, decisions.mark_not_applied]

    def decide(number):
        verbs[number](people[number], Command.objects.select_related("plan").get(pk=order.pk), NOTE)
        return "decided"

    results = at_once(partial(decide, 0), partial(decide, 1))
    assert sorted(str(type(result).__name__) for result in results) == ["Refused", "str"]
    order.refresh_from_db()
    assert len(order.evidence) == 1
    assert AuditEvent.objects.filter(about=str(order.pk)).count() == 1
