"""Rules as people make them: what can't be is refused with a sentence, what is changed is recorded, nothing is on by
accident; and the trial tells what a rule would have found without finding it.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from enterprise.models import Account, Enterprise
from notifications import rules, trial, weigh
from notifications.models import Alert, Event, Execution, Rule
from notifications.rules import Wish
from notifications.triggers import TRIGGERS, BadRule
from sims.models import SavedView, Sim, SimDay, Tag
from staff.models import AuditEvent, User
from tests.alert_factories import alert_about, event_about, rule_for
from tests.conftest import SignIn
from tests.factories import SimFactory

pytestmark = pytest.mark.django_db
GOOD: dict[str, Any] = {
    "name": "Much used",
    "severity": "critical",
    "scope": "all",
    "suspend": "off",
    "param_percent": "70",
    "is_enabled": "on",
}


def make(browser: Any, start: str = "usage", **values: Any) -> HttpResponse:
    answer: HttpResponse = browser.post(reverse("notifications:rule-make", args=[start]), GOOD | values)
    return answer


def test_a_rule_is_made_saved_and_stands_in_the_trail(
    enterprise: Enterprise, approver: User, sign_in: SignIn
):
    answer = make(sign_in(approver))
    rule = Rule.objects.get()
    assert answer.status_code == 302
    assert (rule.name, rule.trigger, rule.params, rule.severity) == (
        "Much used",
        "usage",
        {"percent": 70},
        "critical",
    )
    event = AuditEvent.objects.latest("pk")
    assert (event.deed, event.about) == ("alert_rule.saved", "Much used")


@pytest.mark.parametrize(
    ("start", "values", "word"),
    [
        ("usage", {"param_percent": "0"}, "greater than or equal"),
        ("usage", {"param_percent": "-1" * 50}, "whole number"),
        ("usage", {"name": ""}, "required"),
        ("usage", {"scope": "view"}, "not one of"),
        ("usage", {"scope": "tag", "tag": "999999"}, "not one of"),
        ("usage", {"suspend": "live", "suspend_cap": "0"}, "greater than or equal"),
        ("event", {}, "required"),
        ("event", {"param_kinds": ["nonsense"], "param_verdicts": ["confirmed"]}, "not one of"),
    ],
)
def test_what_can_not_be_is_said_and_nothing_is_saved(
    enterprise: Enterprise, approver: User, sign_in: SignIn, start: str, values: dict[str, Any], word: str
):
    answer = make(sign_in(approver), start, **values)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert not Rule.objects.exists()


def test_a_double_click_makes_one_rule_and_a_taken_name_is_said(
    enterprise: Enterprise, approver: User, admin: User, sign_in: SignIn
):
    browser = sign_in(approver)
    first, second = make(browser), make(browser)
    assert first["Location"] == second["Location"]
    other = make(sign_in(admin), param_percent="90")
    assert other.status_code == 422
    assert "Another rule has this name" in other.content.decode()
    assert Rule.objects.count() == 1


def test_a_private_view_or_a_foreign_tag_is_no_scope(
    enterprise: Enterprise, foreign_enterprise: Enterprise, approver: User
):
    view = SavedView.objects.create(enterprise=enterprise, owner=approver, name="mine", is_shared=False)
    tag = Tag.objects.create(enterprise=foreign_enterprise, name="theirs")
    for wish in (
        Wish("x", "usage", scope=Rule.Scope.VIEW, view=view),
        Wish("x", "usage", scope=Rule.Scope.TAG, tag=tag),
    ):
        with pytest.raises(BadRule):
            rules.draft(approver, enterprise, wish)


def test_only_who_may_suspend_makes_a_rule_that_does_and_it_is_shouted(
    enterprise: Enterprise, approver: User, viewer: User
):
    wish = Wish("x", "usage", suspend=Rule.Suspend.LIVE, suspend_cap=5)
    with pytest.raises(BadRule):
        rules.draft(viewer, enterprise, wish)
    rule = rules.save(approver, rules.draft(approver, enterprise, wish))
    assert (rule.suspend_by, rule.suspend_cap) == (approver, 5)
    assert AuditEvent.objects.latest("pk").is_alarm


def test_what_is_not_about_sims_has_neither_scope_nor_suspension(enterprise: Enterprise, approver: User):
    wish = Wish("x", "pool", scope=Rule.Scope.TAG, suspend=Rule.Suspend.LIVE)
    rule = rules.draft(approver, enterprise, wish)
    assert (rule.scope, rule.suspend) == (Rule.Scope.ALL, Rule.Suspend.OFF)


def test_a_removed_rule_lets_its_view_go_and_keeps_its_alerts(sim: Sim, approver: User):
    view = SavedView.objects.create(enterprise=sim.enterprise, owner=approver, name="v", is_shared=True)
    rule = rule_for(sim.enterprise, scope="view", view=view)
    alert_about(sim, rule=rule)
    rules.remove(approver, rule)
    view.delete()
    assert Alert.objects.get().rule == rule
    event_about(sim)
    weigh.work()
    assert Alert.objects.get().total == 1


def test_the_switch_works_by_a_button(sim: Sim, approver: User, sign_in: SignIn):
    rule = rule_for(sim.enterprise)
    browser = sign_in(approver)
    browser.post(reverse("notifications:rule-switch", args=[rule.pk]), {"on": "0"})
    rule.refresh_from_db()
    assert not rule.is_enabled
    browser.post(reverse("notifications:rule-switch", args=[rule.pk]), {"on": "1"})
    rule.refresh_from_db()
    assert rule.is_enabled


# --- the trial


def test_the_trial_counts_what_would_have_fired_and_changes_nothing(
    account: Account, approver: User, sign_in: SignIn
):
    one, two = SimFactory.create_batch(2, account=account)
    for sim, days in ((one, 1), (one, 3), (two, 3), (two, 40)):
        event_about(sim, happened_at=timezone.now() - timedelta(days=days))
    event_about(two, verdict=Event.Verdict.CONTRADICTED)
    answer = make(
        sign_in(approver),
        "event",
        param_kinds=["sim-status"],
        param_verdicts=["confirmed"],
        act="try",
    )
    assert answer.status_code == 200
    result = answer.context["trial"]["result"]
    assert (result.fired, result.subjects, result.causes) == (3, 2, 1)
    assert [count for _day, count in result.by_day if count] == [2, 1]
    assert not Rule.objects.exists()
    assert not Alert.objects.exists()


def test_the_trial_of_usage_counts_each_time_the_mark_was_passed(account: Account):
    sim = SimFactory(account=account, data_used_mb=10, allowance_mb=1000)
    SimDay.objects.filter(sim=sim).delete()
    for days, used in ((9, 500), (8, 850), (7, 900), (6, 10), (5, 990)):
        day = (timezone.now() - timedelta(days=days)).date()
        SimDay.objects.create(sim=sim, day=day, data_mb=used, sms=0, voice_min=0)
    result = trial.of(rule_for(account.enterprise, "usage", params={"percent": 80}), timezone.now())
    assert (result.fired, result.subjects) == (2, 1)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_every_trigger_can_be_tried_on_a_fleet_that_has_nothing(sim: Sim, trigger: str):
    result = trial.of(rule_for(sim.enterprise, trigger), timezone.now())
    assert (result.fired, result.subjects) == (0, 0)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_every_trigger_has_a_page_to_begin_with(
    enterprise: Enterprise, approver: User, sign_in: SignIn, trigger: str
):
    answer = sign_in(approver).get(reverse("notifications:rule-make", args=[trigger]))
    assert answer.status_code == 200
    assert str(TRIGGERS[trigger].label) in answer.content.decode()


def test_a_start_nobody_offers_is_not_found(enterprise: Enterprise, approver: User, sign_in: SignIn):
    assert sign_in(approver).get(reverse("notifications:rule-make", args=["nonsense"])).status_code == 404


def test_the_page_tells_what_a_rule_did(sim: Sim, viewer: User, sign_in: SignIn):
    rule = rule_for(sim.enterprise)
    alert_about(sim, rule=rule)
    Execution.objects.create(rule=rule, deed=Execution.Deed.FAILED, text="ZeroDivisionError: no")
    text = sign_in(viewer).get(reverse("notifications:rule", args=[rule.pk])).content.decode()
    assert "ZeroDivisionError: no" in text
    assert "1 fact" in text
