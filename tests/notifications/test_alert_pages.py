"""The list of alerts, one of them, and what people press there.

Seen red: `visible_to` taken out of the list and of the deeds, the second half of the keyset left out, the row's own
counts shown to a person limited to some accounts.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enterprise.models import Account, Enterprise
from notifications.models import Alert, AlertStep, Rule
from sims.models import Sim
from staff.models import User
from tests import factories
from tests.alert_factories import alert_about, rule_for
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db
HOME, ACT = "/notifications/", "/notifications/act/"
NOW = timezone.now()


def made(rule: Rule, n: int = 1, **values: Any) -> list[Alert]:
    """Alerts without occurrences."""
    common = {
        "enterprise": rule.enterprise,
        "rule": rule,
        "severity": rule.severity,
        "first_at": NOW,
        "last_at": NOW,
    }
    facts = {"kind": "sim-status", "target": "DEACTIVATED"}
    start = Alert.objects.count()
    rows = [
        Alert(**common | {"cause": f"cause {start + i}", "facts": facts, "total": 3} | values)
        for i in range(n)
    ]
    return Alert.objects.bulk_create(rows)


def listed(browser: Client, query: str = "") -> list[int]:
    return [line["alert"].pk for line in browser.get(HOME + query).context["lines"]]


def press(browser: Client, act: str, *alerts: Alert, **more: str) -> HttpResponse:
    answer: HttpResponse = browser.post(ACT, {"act": act, "alert": [alert.pk for alert in alerts], **more})
    return answer


def told(answer: HttpResponse) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]


# --- the list


def test_one_card_tells_cause_seriousness_readings_and_owner(
    sim: Sim, operator: User, sign_in: SignIn
) -> None:
    others = factories.SimFactory.create_batch(2, account=sim.account)
    alert = alert_about(sim, *others, severity="critical", assignee=operator)
    text = sign_in(operator).get(HOME).content.decode()
    for words in (
        "3 SIMs became",
        "Critical",
        "Confirmed by read",
        "Mine",
        f'href="/notifications/{alert.pk}/"',
    ):
        assert words in text


def test_tabs_and_filters_stand_in_the_address(
    enterprise: Enterprise, operator: User, sign_in: SignIn
) -> None:
    rule, other = rule_for(enterprise), rule_for(enterprise, name="other", severity="critical")
    (new,), (taken,) = made(rule), made(rule, state="acknowledged", assignee=operator)
    (late,), (done,), (serious,) = made(rule, state="snoozed"), made(rule, state="resolved"), made(other)
    browser = sign_in(operator)
    assert set(listed(browser)) == {new.pk, taken.pk, serious.pk}
    assert listed(browser, "?tab=mine") == [taken.pk]
    assert listed(browser, "?tab=snoozed") == [late.pk]
    assert listed(browser, "?tab=resolved") == [done.pk]
    assert listed(browser, "?severity=critical") == listed(browser, f"?rule={other.pk}") == [serious.pk]
    choices = browser.get(HOME).context["choices"]
    assert [choice["count"] for choice in choices] == ["3", "1", "1", ""]
    assert "severity=critical" in browser.get(HOME + "?severity=critical").context["choices"][1]["url"]


def test_pages_follow_each_other_without_gap_or_overlap(
    enterprise: Enterprise, viewer: User, sign_in: SignIn
) -> None:
    """Many of one moment among them."""
    rule = rule_for(enterprise)
    for number in range(8):
        made(rule, 10, last_at=NOW - timedelta(minutes=number // 4))
    browser, seen, query = sign_in(viewer), list[int](), ""
    for _page in range(9):
        page = browser.get(HOME + query)
        seen += [line["alert"].pk for line in page.context["lines"]]
        if not page.context["older"]:
            break
        query = "?" + urlencode({"before": page.context["older"]})
    assert len(seen) == len(set(seen)) == 80


@pytest.mark.parametrize(
    "query",
    [
        "tab=x",
        "severity=x",
        "rule=x",
        "rule=999999999999999999999",
        "before=x",
        "before=2026-13-01~5",
        "before=~1",
    ],
)
def test_a_strange_address_shows_what_there_is(
    query: str, enterprise: Enterprise, viewer: User, sign_in: SignIn
) -> None:
    made(rule_for(enterprise))
    assert sign_in(viewer).get(f"{HOME}?{query}").status_code == 200


def test_when_nothing_is_open_the_page_says_what_is_watched(
    enterprise: Enterprise, viewer: User, sign_in: SignIn
) -> None:
    rule_for(enterprise, name="Status of the lifts")
    rule_for(enterprise, name="Switched off", is_enabled=False)
    text = sign_in(viewer).get(HOME).content.decode()
    empty = text[text.index("Nothing needs you") :]
    assert "Status of the lifts" in empty
    assert "Switched off" not in empty
    assert 'href="/notifications/rules/"' in empty


def test_a_page_asks_nothing_of_occurrences(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    alert_about(sim)
    browser = sign_in(viewer)
    browser.get(HOME)
    with CaptureQueriesContext(connection) as queries:
        browser.get(HOME)
    assert [query["sql"] for query in queries if "notifications_occurrence" in query["sql"]] == []
    assert len(queries) <= 18


def test_people_limited_to_some_accounts_are_told_of_their_own_sims_only(
    sim: Sim, other_account: Account, outsider: User, viewer: User, sign_in: SignIn
) -> None:
    theirs = factories.SimFactory(account=other_account)
    mixed = alert_about(sim, theirs)
    foreign = alert_about(sim, rule=rule_for(sim.enterprise, name="of this one only"))
    browser = sign_in(outsider)
    assert listed(browser) == [mixed.pk]
    text = browser.get(HOME).content.decode()
    assert "1 SIM became" in text
    assert "2 SIMs became" not in text
    assert browser.get(f"{HOME}{foreign.pk}/").status_code == 404
    page = browser.get(f"{HOME}{mixed.pk}/").content.decode()
    assert theirs.giccid in page
    assert sim.giccid not in page
    assert "What the rule did" not in page
    assert "What the rule did" in sign_in(viewer).get(f"{HOME}{mixed.pk}/").content.decode()


# --- what people press


def test_a_deed_for_the_ticked_ones_and_back_to_the_same_filters(
    enterprise: Enterprise, operator: User, sign_in: SignIn
) -> None:
    alerts = made(rule_for(enterprise), 3)
    answer = press(
        sign_in(operator), "acknowledge", *alerts, back="tab=mine&severity=warning&next=//evil.example"
    )
    assert answer["Location"] == "/notifications/?tab=mine&severity=warning"
    assert told(answer) == ["3 notifications acknowledged."]
    assert {(row.state, row.assignee) for row in Alert.objects.all()} == {("acknowledged", operator)}


def test_every_deed_is_done_once_by_whom_pressed_it(
    sim: Sim, operator: User, approver: User, sign_in: SignIn
) -> None:
    alert, browser = alert_about(sim), sign_in(operator)

    def after(act: str, **more: str) -> Alert:
        assert press(browser, act, alert, back="page", **more)["Location"] == f"/notifications/{alert.pk}/"
        alert.refresh_from_db()
        return alert

    assert after("mine").assignee == operator
    assert after("assign", whom=str(approver.pk)).assignee == approver
    assert after("nobody").assignee is None
    until = after("snooze_4h").snoozed_until
    assert until is not None
    assert abs(until - timezone.now() - timedelta(hours=4)) < timedelta(minutes=1)
    own = after(
        "snooze_own", until=f"{timezone.localtime() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    ).snoozed_until
    assert own is not None
    assert own > until
    morning = after("snooze_tomorrow").snoozed_until
    assert morning is not None
    assert (timezone.localtime(morning).hour, timezone.localtime(morning).date()) == (
        9,
        timezone.localdate() + timedelta(days=1),
    )
    assert after("reopen").state == "open"
    after("note", note="Asked the carrier")
    assert after("resolve", note="The carrier mended it").state == "resolved"
    page = browser.get(f"/notifications/{alert.pk}/").content.decode()
    assert page.index("The carrier mended it") < page.index("Asked the carrier") < page.index("Opened")
    assert AlertStep.objects.filter(alert=alert, by=operator).count() == 9


@pytest.mark.parametrize(
    ("act", "more", "words"),
    [
        ("resolve", {"note": ""}, "how it was resolved"),
        ("assign", {"whom": ""}, "Choose a person"),
        ("assign", {"whom": "x"}, "Choose a person"),
        ("snooze_own", {"until": "yesterday"}, "valid date"),
        ("snooze_own", {"until": "2001-01-01T00:00"}, "between now and 90 days"),
        ("explode", {}, "not understood"),
    ],
)
def test_what_can_not_be_done_is_said_and_changes_nothing(
    act: str, more: dict[str, str], words: str, sim: Sim, operator: User, sign_in: SignIn
) -> None:
    alert = alert_about(sim)
    assert any(words in text for text in told(press(sign_in(operator), act, alert, **more)))
    assert (AlertStep.objects.count(), Alert.objects.get(pk=alert.pk).state) == (1, "open")


def test_strangers_change_nothing_and_viewers_may_not(
    sim: Sim, outsider: User, viewer: User, sign_in: SignIn
) -> None:
    alert = alert_about(sim)
    assert told(press(sign_in(outsider), "acknowledge", alert)) == []
    assert press(sign_in(viewer), "acknowledge", alert).status_code == 403
    assert AlertStep.objects.count() == 1


def test_the_overview_counts_what_nobody_has_taken_up(
    enterprise: Enterprise, viewer: User, sign_in: SignIn
) -> None:
    made(rule_for(enterprise), 2)
    made(rule_for(enterprise, name="other", severity="critical"))
    made(rule_for(enterprise, name="third"), state="acknowledged")
    card = next(card for card in sign_in(viewer).get("/").context["cards"] if card["url"] == HOME)
    assert (card["value"], card["tone"], card["hint"]) == (3, "red", "1 of them critical")
