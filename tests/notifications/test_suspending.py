"""A rule that suspends: only what was read, never more than its limit, and once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from commands.models import Command, Plan
from enterprise.models import Account
from notifications import suspending, weigh
from notifications.models import Event, Execution, Rule
from sims.models import Sim, Status
from staff.models import User
from tests.alert_factories import event_about, rule_for
from tests.factories import SimFactory

pytestmark = pytest.mark.django_db
Deed = Execution.Deed


def rule_of(account: Account, actor: User | None, **values: object) -> Rule:
    """Whoever moves to another device is suspended."""
    chosen = {"suspend": Rule.Suspend.LIVE, "suspend_by": actor, "suspend_cap": 10} | values
    return rule_for(account.enterprise, params={"kinds": ["imei-change"]}, **chosen)


def moved(account: Account, count: int, verdict: str = Event.Verdict.CONFIRMED) -> list[Sim]:
    sims = SimFactory.create_batch(count, account=account, status=Status.ACTIVATED)
    for sim in sims:
        event_about(sim, "imei-change", verdict=verdict, target="351111111111111")
    weigh.work()
    return sims


def test_it_becomes_a_plan_in_the_name_of_who_made_it_live(account: Account, operator: User):
    rule_of(account, operator)
    sims = moved(account, 2)
    assert suspending.carry_out() == 1
    plan = Plan.objects.get()
    assert (plan.kind, plan.created_by, plan.submitted_by, plan.changing) == (
        "suspend",
        operator,
        operator,
        2,
    )
    assert set(Command.objects.values_list("giccid", flat=True)) == {sim.giccid for sim in sims}
    done = Execution.objects.get(deed=Deed.SUSPENDED)
    assert (done.plan, done.is_pending) == (plan, False)


def test_a_killed_workers_successor_finds_the_plan(account: Account, operator: User):
    rule_of(account, operator)
    moved(account, 1)
    suspending.carry_out()
    Execution.objects.filter(deed=Deed.SUSPENDED).update(is_pending=True, plan=None)
    suspending.carry_out()
    assert Plan.objects.count() == 1
    assert Execution.objects.get(deed=Deed.SUSPENDED).plan == Plan.objects.get()


@pytest.mark.parametrize("verdict", [Event.Verdict.UNVERIFIED, Event.Verdict.CONTRADICTED])
def test_what_a_push_says_suspends_nobody(account: Account, operator: User, verdict: str):
    rule = rule_of(account, operator)
    rule.params["verdicts"] = [verdict]
    rule.save()
    moved(account, 1, verdict)
    assert suspending.carry_out() == 0
    assert set(Execution.objects.values_list("deed", flat=True)) == {Deed.MATCHED}


def test_the_limit_holds_over_a_day_and_says_what_it_stopped(account: Account, operator: User):
    rule_of(account, operator, suspend_cap=3)
    moved(account, 2)
    rest = moved(account, 3)
    suspending.carry_out()
    assert Command.objects.count() == 3
    capped = Execution.objects.get(deed=Deed.CAPPED)
    assert (capped.sims, set(capped.giccids) < {sim.giccid for sim in rest}) == (2, True)
    Execution.objects.update(at=timezone.now() - timedelta(hours=25))
    moved(account, 1)
    suspending.carry_out()
    assert Command.objects.count() == 4


def test_the_shadow_only_records(account: Account):
    rule_of(account, None, suspend=Rule.Suspend.SHADOW, suspend_cap=1)
    moved(account, 2)
    assert suspending.carry_out() == 0
    assert not Plan.objects.exists()
    assert list(Execution.objects.order_by("deed").values_list("deed", "sims")) == [
        ("capped", 1),
        ("matched", 2),
        ("shadow", 1),
    ]


def test_who_may_not_suspend_any_more_does_not_suspend(account: Account, operator: User):
    rule_of(account, operator)
    moved(account, 1)
    operator.groups.clear()
    suspending.carry_out()
    assert not Plan.objects.exists()
    refused = Execution.objects.get(deed=Deed.REFUSED)
    assert "may not suspend" in refused.text


def test_a_rule_switched_off_meanwhile_does_not_suspend(account: Account, operator: User):
    rule = rule_of(account, operator)
    moved(account, 1)
    Rule.objects.filter(pk=rule.pk).update(is_enabled=False)
    suspending.carry_out()
    assert not Plan.objects.exists()
    assert Execution.objects.filter(deed=Deed.REFUSED).count() == 1


def test_a_sim_that_is_not_active_is_left_alone(account: Account, operator: User):
    rule_of(account, operator)
    sim = SimFactory(account=account, status=Status.DEACTIVATED)
    event_about(sim, "imei-change", target="351111111111111")
    weigh.work()
    assert not Execution.objects.filter(deed=Deed.SUSPENDED).exists()
