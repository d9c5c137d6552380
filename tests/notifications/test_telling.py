"""Of one problem people are told when it begins, when it has grown tenfold and when it is over; never of each SIM."""

import json
from typing import Any

import pytest
from django.urls import reverse

from enterprise.models import Account, Enterprise
from notifications import alerts, weigh
from notifications.models import Channel, Delivery, Execution, Rule
from staff.models import User
from tests.alert_factories import event_about, rule_for
from tests.conftest import SignIn
from tests.factories import SimFactory
from tests.notifications.test_rules import GOOD

pytestmark = pytest.mark.django_db


def channel_of(enterprise: Enterprise, name: str = "ops", **values: Any) -> Channel:
    return Channel.objects.create(
        enterprise=enterprise, kind=Channel.Kind.EMAIL, name=name, recipients=["ops@example.test"], **values
    )


@pytest.fixture
def rule(account: Account) -> Rule:
    rule = rule_for(account.enterprise, name="Status of the lifts")
    rule.channels.add(channel_of(account.enterprise))
    return rule


def suspended(account: Account, count: int) -> None:
    for sim in SimFactory.create_batch(count, account=account):
        event_about(sim)
    weigh.work()


def kinds() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("kind", flat=True))


def test_ten_more_sims_are_no_ten_messages(rule: Rule, account: Account, operator: User):
    suspended(account, 1)
    suspended(account, 5)
    assert kinds() == ["alert.opened"]
    suspended(account, 4)
    assert kinds() == ["alert.opened", "alert.grown"]
    alert = rule.alerts.get()
    alerts.resolve(operator, alert, "the carrier mended it")
    assert kinds() == ["alert.opened", "alert.grown", "alert.resolved"]
    assert set(Delivery.objects.values_list("alert", flat=True)) == {alert.pk}


def test_the_message_names_the_cause_and_the_rule(rule: Rule, account: Account):
    suspended(account, 2)
    delivery = Delivery.objects.get()
    assert delivery.title == "2 SIMs became “Suspended”"
    assert "Status of the lifts" in delivery.payload
    told = Execution.objects.get(deed=Execution.Deed.TOLD)
    assert (told.text, told.alert) == ("ops", rule.alerts.get())


def test_a_signed_webhook_gets_facts_for_programs(account: Account):
    rule = rule_for(account.enterprise)
    channel = channel_of(account.enterprise, "hook")
    Channel.objects.filter(pk=channel.pk).update(kind=Channel.Kind.WEBHOOK)
    rule.channels.add(channel)
    suspended(account, 3)
    facts = json.loads(Delivery.objects.get().payload)["data"]["facts"]
    assert (facts["total"], len(facts["sims"]), facts["cause"]) == (3, 3, "sim-status|DEACTIVATED")


def test_a_rule_without_channels_tells_nobody(account: Account):
    rule_for(account.enterprise)
    suspended(account, 1)
    assert not Delivery.objects.exists()
    assert not Execution.objects.filter(deed=Execution.Deed.TOLD).exists()


def test_the_form_offers_own_channels_and_takes_no_foreign_one(
    enterprise: Enterprise, foreign_enterprise: Enterprise, approver: User, sign_in: SignIn
):
    mine, foreign = channel_of(enterprise), channel_of(foreign_enterprise, "theirs")
    browser, url = sign_in(approver), reverse("notifications:rule-make", args=["usage"])
    assert browser.post(url, GOOD | {"channels": [foreign.pk]}).status_code == 422
    assert browser.post(url, GOOD | {"channels": [mine.pk]}).status_code == 302
    assert list(Rule.objects.get().channels.all()) == [mine]
