"""Events become alerts: one for each cause, each event once, only for the SIMs a rule is about."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from commands.models import State
from enterprise.models import Account, Enterprise
from notifications import claims, process, weigh
from notifications.models import Alert, Event, Execution, Occurrence, Push
from notifications.triggers import events as event_trigger
from sims.models import SavedView, Sim, SimTag, Tag
from staff.models import User
from tests.alert_factories import event_about, rule_for
from tests.command_factories import CommandFactory, PlanFactory
from tests.factories import SimFactory

pytestmark = pytest.mark.django_db
Verdict = Event.Verdict


def test_one_carrier_problem_is_one_card(enterprise: Enterprise, account: Account):
    rule = rule_for(enterprise)
    for sim in SimFactory.create_batch(40, account=account):
        event_about(sim)
    assert weigh.work() == 40
    alert = Alert.objects.get()
    assert (alert.rule, alert.total, alert.standing, alert.verdicts) == (rule, 40, 40, {"confirmed": 40})
    assert Occurrence.objects.filter(alert=alert).count() == 40
    assert list(Execution.objects.values_list("deed", "matched", "sims")) == [("matched", 40, 40)]


def test_different_causes_are_different_cards(enterprise: Enterprise, account: Account):
    rule_for(enterprise, params={"kinds": ["sim-status", "imei-change"]})
    one, two = SimFactory.create_batch(2, account=account)
    event_about(one)
    event_about(two, target="RETIRED")
    event_about(two, "imei-change", target="351111111111111")
    weigh.work()
    assert set(Alert.objects.values_list("cause", flat=True)) == {
        "sim-status|DEACTIVATED",
        "sim-status|RETIRED",
        "imei-change",
    }


def test_an_event_is_weighed_once_and_a_second_one_about_the_same_sim_only_counts(sim: Sim):
    rule_for(sim.enterprise)
    first = event_about(sim, happened_at=timezone.now() - timedelta(minutes=5))
    weigh.work()
    assert weigh.work() == 0
    second = event_about(sim)
    weigh.work()
    found = Occurrence.objects.get()
    assert (found.times, found.event, found.first_at) == (2, second, first.happened_at)
    assert Alert.objects.get().total == 1


def test_a_replayed_push_does_not_alarm_again(sim: Sim):
    rule_for(sim.enterprise, params={"kinds": ["no-session"]})
    event = event_about(sim, "no-session", verdict=Verdict.UNVERIFIED)
    weigh.work()
    claims.replay(Push.objects.filter(pk=event.push_id), timezone.now())
    process.work()
    weigh.work()
    assert Occurrence.objects.get().times == 1


@pytest.mark.parametrize(
    ("params", "values"),
    [
        ({"kinds": ["imei-change"]}, {}),
        ({}, {"verdict": Verdict.CONTRADICTED}),
        ({"targets": "RETIRED"}, {}),
    ],
)
def test_what_a_rule_does_not_ask_for_opens_nothing(sim: Sim, params: dict[str, Any], values: dict[str, Any]):
    rule_for(sim.enterprise, params=params)
    event_about(sim, **values)
    assert weigh.work() == 1
    assert not Alert.objects.exists()


def test_what_is_still_being_read_waits_for_its_verdict(sim: Sim):
    rule_for(sim.enterprise)
    event = event_about(sim, verdict=Verdict.PENDING)
    assert weigh.work() == 0
    Event.objects.filter(pk=event.pk).update(verdict=Verdict.CONFIRMED)
    assert weigh.work() == 1
    assert Alert.objects.get().total == 1


def test_switched_off_removed_and_foreign_rules_find_nothing(sim: Sim, foreign_enterprise: Enterprise):
    rule_for(sim.enterprise, is_enabled=False)
    rule_for(sim.enterprise, removed_at=timezone.now())
    rule_for(foreign_enterprise)
    event_about(sim)
    weigh.work()
    assert not Alert.objects.exists()


def test_claims_about_sims_nobody_knows_concern_no_rule(sim: Sim):
    rule_for(sim.enterprise, params={"kinds": ["no-session"]})
    event = event_about(sim, "no-session", verdict=Verdict.UNVERIFIED)
    Event.objects.filter(pk=event.pk).update(giccid="8900000000000000001")
    weigh.work()
    assert not Alert.objects.exists()


def test_a_rule_is_about_the_sims_of_its_tag_or_view_only(account: Account, admin: User):
    tagged, viewed, other = (SimFactory(account=account, label=name) for name in ("T", "V", "O"))
    tag = Tag.objects.create(enterprise=account.enterprise, name="lifts")
    SimTag.objects.create(sim=tagged, tag=tag)
    view = SavedView.objects.create(
        enterprise=account.enterprise, owner=admin, name="v", query=f"q={viewed.giccid}", is_shared=True
    )
    of_tag = rule_for(account.enterprise, scope="tag", tag=tag, name="tag")
    of_view = rule_for(account.enterprise, scope="view", view=view, name="view")
    for sim in (tagged, viewed, other):
        event_about(sim)
    weigh.work()
    found = set(Occurrence.objects.values_list("alert__rule", "giccid"))
    assert found == {(of_tag.pk, tagged.giccid), (of_view.pk, viewed.giccid)}


@pytest.mark.parametrize(
    ("state", "sent_ago", "is_news"),
    [
        (State.APPLIED, timedelta(minutes=3), False),
        (State.ACKED, timedelta(minutes=3), False),
        (State.REJECTED, timedelta(minutes=3), True),
        (State.APPLIED, timedelta(days=3), True),
    ],
)
def test_what_was_ordered_from_here_is_no_news(sim: Sim, state: str, sent_ago: timedelta, is_news: bool):
    rule_for(sim.enterprise)
    plan = PlanFactory(enterprise=sim.enterprise, kind="suspend")
    CommandFactory(plan=plan, sim=sim, state=state, sent_at=timezone.now() - sent_ago)
    event_about(sim)
    weigh.work()
    assert Alert.objects.exists() is is_news


def test_an_order_for_something_else_explains_nothing(sim: Sim):
    rule_for(sim.enterprise)
    plan = PlanFactory(enterprise=sim.enterprise, kind="activate")
    CommandFactory(plan=plan, sim=sim, state=State.APPLIED, sent_at=timezone.now())
    event_about(sim)
    weigh.work()
    assert Alert.objects.get().total == 1


def test_a_rule_that_fails_says_so_and_takes_no_other_with_it(sim: Sim, monkeypatch: pytest.MonkeyPatch):
    broken, whole = rule_for(sim.enterprise, name="broken"), rule_for(sim.enterprise, name="whole")
    among = event_trigger.EventTrigger.among

    def fail(self: Any, rule: Any, events: Any) -> Any:
        if rule == broken:
            raise ZeroDivisionError("no")
        return among(self, rule, events)

    monkeypatch.setattr(event_trigger.EventTrigger, "among", fail)
    event_about(sim)
    assert weigh.work() == 1
    assert Alert.objects.get().rule == whole
    failed = Execution.objects.get(rule=broken)
    assert (failed.deed, failed.text) == (Execution.Deed.FAILED, "ZeroDivisionError: no")


def test_after_it_was_resolved_the_same_opens_an_alert_of_its_own(sim: Sim):
    rule_for(sim.enterprise)
    event_about(sim)
    weigh.work()
    Alert.objects.update(state=Alert.State.RESOLVED)
    event_about(sim)
    weigh.work()
    assert list(Alert.objects.order_by("pk").values_list("state", "total")) == [("resolved", 1), ("open", 1)]
