"""Rules about what SIMs write: they tell and tag, and never order anything, for nothing of it can be verified.

Seen red: each of the three guards against suspension taken away, every push heard instead of every message.
"""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from commands.models import Plan
from enterprise.models import Account, Enterprise
from messaging.models import Message
from notifications import process, rules, suspending, trial, weigh
from notifications.defaults import TEMPLATES, ensure
from notifications.models import Alert, Delivery, Event, Execution, Occurrence, Push, Rule
from notifications.rule_forms import RuleForm
from notifications.rules import Wish
from notifications.triggers import BadRule
from sims.models import Sim, SimTag, Tag
from staff.models import User
from tests.alert_factories import rule_for
from tests.channel_factories import channel_of
from tests.conftest import SignIn
from tests.factories import SimFactory
from tests.notifications.sender import path_of, push, signed, take

pytestmark = pytest.mark.django_db


def rule_of(enterprise: Enterprise, **values: Any) -> Rule:
    params = {"words": ["SOS", "HELP"], "how": "first"} | values.pop("params", {})
    return rule_for(enterprise, "keyword", params=params, **values)


def hear(sim: Sim, text: str, message_id: str = "", **more: str) -> None:
    assert push(sim.enterprise, "mo-sms", giccid=sim.giccid, messageText=text, smsMsgId=message_id, **more)
    process.work()
    weigh.work()


def tags_of(sim: Sim) -> list[str]:
    return list(Tag.objects.filter(sims=sim).values_list("name", flat=True))


# --- what it finds


def test_a_word_opens_an_alert_that_quotes_the_sim_and_is_unverified(sim: Sim):
    rule = rule_of(sim.enterprise)
    hear(sim, "Sos, water in the cellar")
    alert = Alert.objects.get()
    assert (alert.rule, alert.facts, alert.verdicts) == (rule, {"word": "SOS"}, {"unverified": 1})
    found = Occurrence.objects.get()
    assert (found.giccid, found.verdict, found.detail) == (
        sim.giccid,
        Event.Verdict.UNVERIFIED,
        {"text": "Sos, water in the cellar"},
    )
    assert found.event is not None
    assert found.event.kind == "mo-sms"


def test_other_texts_other_kinds_and_sims_nobody_knows_open_nothing(sim: Sim):
    rule_of(sim.enterprise)
    hear(sim, "all well, no sos", "a")
    push(sim.enterprise, "no-session", giccid=sim.giccid, messageText="SOS")
    push(sim.enterprise, "mo-sms", giccid="8900000000000000001", messageText="SOS", smsMsgId="b")
    process.work()
    weigh.work()
    assert Message.objects.count() == 2
    assert not Alert.objects.exists()


def test_each_word_is_a_cause_and_the_same_word_counts(sim: Sim):
    rule_of(sim.enterprise)
    for number, text in enumerate(("sos", "SOS!", "help me")):
        hear(sim, text, str(number))
    assert dict(Occurrence.objects.values_list("alert__cause", "times")) == {"sos": 2, "help": 1}


def test_a_message_told_twice_is_heard_once(sim: Sim):
    rule_of(sim.enterprise)
    hear(sim, "SOS", "m1")
    hear(sim, "SOS", "m1")
    hear(sim, "SOS", "m1", toMsisdn="other body, same message")
    assert Push.objects.count() == 2
    assert Occurrence.objects.get().times == 1


def test_a_word_far_behind_in_a_long_text_is_heard(sim: Sim):
    rule_of(sim.enterprise, params={"how": "anywhere"})
    hear(sim, "x " * 1500 + "sos")
    assert Occurrence.objects.get().detail["text"].startswith("x x")


def test_the_alert_leads_to_the_conversation_and_quotes_it(sim: Sim, viewer: User, sign_in: SignIn):
    rule_of(sim.enterprise)
    hear(sim, "SOS, <b>water</b>")
    page = sign_in(viewer).get(reverse("notifications:alert", args=[Alert.objects.get().pk])).content.decode()
    assert f'href="{reverse("messages:conversation", args=[sim.giccid])}"' in page
    assert "SOS, &lt;b&gt;water&lt;/b&gt;" in page
    assert "1 SIM wrote “SOS”" in page


# --- tags


def test_it_tags_the_sim_in_the_name_of_the_rule(sim: Sim, account: Account):
    other = SimFactory(account=account)
    rule = rule_of(sim.enterprise, params={"tag": "asks for help"})
    hear(sim, "help", "1")
    assert (tags_of(sim), tags_of(other)) == (["asks for help"], [])
    done = Execution.objects.get(deed=Execution.Deed.TAGGED)
    assert (done.rule, done.alert, done.sims, done.giccids, done.text) == (
        rule,
        Alert.objects.get(),
        1,
        [sim.giccid],
        "asks for help",
    )
    hear(sim, "help", "2")
    assert Execution.objects.filter(deed=Execution.Deed.TAGGED).count() == 1


def test_a_tag_that_was_taken_off_comes_back_when_the_sim_asks_again(sim: Sim):
    Tag.objects.create(enterprise=sim.enterprise, name="Needs Help")
    rule_of(sim.enterprise, params={"tag": "needs help"})
    hear(sim, "help", "1")
    assert tags_of(sim) == ["Needs Help"]
    SimTag.objects.all().delete()
    hear(sim, "help", "2")
    assert tags_of(sim) == ["Needs Help"]
    assert Alert.objects.get().total == 1


# --- never a suspension


def test_the_form_offers_no_suspension(enterprise: Enterprise, approver: User, sign_in: SignIn):
    form = RuleForm(rule=rule_of(enterprise))
    assert {"param_words", "param_how", "param_tag", "scope"} <= set(form.fields)
    assert not {"suspend", "suspend_cap"} & set(form.fields)
    page = sign_in(approver).get(reverse("notifications:rule-make", args=["keyword"])).content.decode()
    assert 'name="suspend"' not in page


@pytest.mark.parametrize("how", [Rule.Suspend.LIVE, Rule.Suspend.SHADOW])
def test_saving_one_that_suspends_is_refused(how: str, enterprise: Enterprise, approver: User):
    wish = Wish("x", "keyword", params={"words": "SOS", "how": "first"}, suspend=how, suspend_cap=5)
    with pytest.raises(BadRule, match="verified"):
        rules.draft(approver, enterprise, wish)


def test_one_that_got_there_all_the_same_suspends_nobody(sim: Sim, operator: User):
    Sim.objects.update(status="ACTIVATED")
    rule = rule_of(sim.enterprise, suspend=Rule.Suspend.LIVE, suspend_by=operator)
    hear(sim, "SOS")
    assert suspending.carry_out() == 0
    assert set(Execution.objects.values_list("deed", flat=True)) == {Execution.Deed.MATCHED}
    Execution.objects.create(
        rule=rule, deed=Execution.Deed.SUSPENDED, sims=1, giccids=[sim.giccid], is_pending=True
    )
    suspending.carry_out()
    assert Execution.objects.get(deed=Execution.Deed.REFUSED).text
    assert not Plan.objects.exists()


# --- making one


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("SOS, help ,sos,,ＳＯＳ", ["SOS", "help"]),
        ("求救，救命、SOS", ["求救", "救命", "SOS"]),
        (["a"], ["a"]),
    ],
)
def test_words_are_kept_once_as_they_were_written(
    words: object, kept: list[str], enterprise: Enterprise, approver: User
):
    wish = Wish("x", "keyword", params={"words": words, "how": "first"})
    assert rules.draft(approver, enterprise, wish).params == {"words": kept, "how": "first", "tag": ""}


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"words": ""}, "at least one word"),
        ({"words": "SOS, !?"}, "“!\\?”"),
        ({"words": "SOS", "how": "somewhere"}, "Choose one"),
    ],
)
def test_what_can_not_be_heard_is_refused(
    params: dict[str, str], sentence: str, enterprise: Enterprise, approver: User
):
    with pytest.raises(BadRule, match=sentence):
        rules.draft(approver, enterprise, Wish("x", "keyword", params={"how": "first"} | params))


def test_the_form_brings_a_rule_to_life_and_shows_it_again(
    enterprise: Enterprise, approver: User, sign_in: SignIn
):
    browser = sign_in(approver)
    data = {
        "name": "Help", "severity": "critical", "scope": "all", "is_enabled": "on",
        "param_words": "SOS, 求救", "param_how": "anywhere", "param_tag": "  asks   for help ",
    }  # fmt: skip
    answer = browser.post(reverse("notifications:rule-make", args=["keyword"]), data)
    rule = Rule.objects.get()
    assert rule.params == {"words": ["SOS", "求救"], "how": "anywhere", "tag": "asks for help"}
    page = browser.get(answer["Location"]).content.decode()
    assert 'value="SOS, 求救"' in page
    assert 'value="asks for help"' in page


def test_the_template_is_offered_and_off(enterprise: Enterprise, approver: User, sign_in: SignIn):
    ensure()
    assert not Rule.objects.filter(trigger="keyword").exists()
    assert TEMPLATES["help"].params["words"] == ["SOS", "HELP"]
    page = sign_in(approver).get(reverse("notifications:rule-new")).content.decode()
    assert "SIM asks for help" in page
    assert "As the first word: SOS, HELP" in page


# --- the trial


def test_the_trial_hears_the_messages_of_thirty_days(account: Account):
    one, two = SimFactory.create_batch(2, account=account)
    for sim, text, days in (
        (one, "sos", 1),
        (one, "SOS", 3),
        (two, "help", 3),
        (two, "sos", 40),
        (two, "no", 1),
    ):
        push(
            sim.enterprise, "mo-sms", giccid=sim.giccid, messageText=text, smsMsgId=f"{sim.pk} {days} {text}"
        )
        process.work()
        latest = Message.objects.latest("pk")
        Message.objects.filter(pk=latest.pk).update(at=timezone.now() - timedelta(days=days))
    result = trial.of(rule_of(account.enterprise), timezone.now())
    assert (result.fired, result.subjects, result.causes) == (3, 2, 2)
    assert not Alert.objects.exists()


# --- a storm


def test_a_storm_of_one_word_is_one_alert_at_bounded_cost(account: Account):
    sims = SimFactory.create_batch(40, account=account)
    rule = rule_of(account.enterprise, params={"tag": "storm"})
    rule.channels.add(channel_of(enterprise=account.enterprise))
    path = path_of(account.enterprise, "mo-sms")
    for number in range(600):
        body = signed({"giccid": sims[number % 40].giccid, "messageText": "SOS", "smsMsgId": f"m{number}"})
        assert take(path, json.dumps(body).encode()) == 200
    process.work(seconds=60)
    with CaptureQueriesContext(connection) as told:
        assert weigh.work(seconds=60) == 600
    assert len(told) < 60
    alert = Alert.objects.get()
    assert (alert.total, alert.verdicts) == (40, {"unverified": 40})
    assert set(Occurrence.objects.values_list("times", flat=True)) == {15}
    assert SimTag.objects.count() == 40
    assert Delivery.objects.count() == 1
