"""One conversation: who may open it, and what it says of each message.

Aims at: a door left open, a message taken for delivered too soon, pages that overlap.
"""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commands import plans
from commands.models import Command
from messaging import conversation, lists
from messaging.models import Message
from sims.models import Sim
from staff.models import User
from tests.command_factories import CommandFactory, PlanFactory
from tests.conftest import SignIn
from tests.message_factories import MessageFactory, heard
from tests.messaging.conftest import order_of, write

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def page(browser: Client, sim: Sim, query: str = "") -> Any:
    return browser.get(f"/messages/{sim.giccid}/{query}")


# --- the door


def test_strangers_find_nothing_and_can_do_nothing(
    sim: Sim, outsider: User, stranger: User, sign_in: SignIn
) -> None:
    message = heard(sim, "Secret")
    for person in (outsider, stranger):
        for tail in ("", "live/", "export.csv", "?before=1-1"):
            assert sign_in(person).get(f"/messages/{sim.giccid}/{tail}").status_code == 404
    for tail in ("send/", "read/", "unread/"):
        data = {"text": "x", "uid": str(uuid.uuid4()), "upto": message.pk}
        assert sign_in(outsider).post(f"/messages/{sim.giccid}/{tail}", data).status_code == 404
        assert sign_in(stranger).post(f"/messages/{sim.giccid}/{tail}", data).status_code == 403
    assert Message.objects.get().read_at is None
    assert not Command.objects.exists()


def test_a_sim_without_messages_has_an_empty_conversation(
    phone: Sim, operator: User, sign_in: SignIn
) -> None:
    shown = page(sign_in(operator), phone)
    assert shown.status_code == 200
    assert "Nothing has been said yet." in shown.content.decode()
    assert 'id="sms_text"' in shown.content.decode()


def test_a_sim_nobody_knows_any_more_keeps_its_conversation(
    phone: Sim, operator: User, outsider: User, sign_in: SignIn
) -> None:
    heard(phone, "Still here")
    Sim.objects.all().delete()
    shown = page(sign_in(operator), phone).content.decode()
    assert "Still here" in shown
    assert "SmartHub does not list this SIM any more" in shown
    assert 'id="sms_text"' not in shown
    assert page(sign_in(outsider), phone).status_code == 404
    Message.objects.all().delete()
    assert page(sign_in(operator), phone).status_code == 404


# --- what is said of each


def test_an_unknown_outcome_says_what_to_do_and_leads_to_the_decision(
    phone: Sim, operator: User, approver: User, sign_in: SignIn
) -> None:
    plan = PlanFactory(kind="sms", enterprise=phone.enterprise, params={"text": "Reboot", "max_parts": 1})
    order = CommandFactory(sim=phone, plan=plan, state="needs_human")
    MessageFactory(sim=phone, text="Reboot", state="unknown", command=order, author=operator)
    shown = page(sign_in(approver), phone).content.decode()
    assert "The portal never sends it again by itself." in shown
    assert f'<a class="btn btn-sm btn-quiet" href="/commands/{order.pk}/">' in shown
    assert operator.display_name in shown
    assert "Decide" not in page(sign_in(operator), phone).content.decode()


def test_a_request_without_an_answer_is_unknown_after_three_seconds(
    phone: Sim, viewer: User, sign_in: SignIn
) -> None:
    now = timezone.now()
    MessageFactory(sim=phone, state="sending", sent_at=now - timedelta(seconds=4))
    MessageFactory(sim=phone, state="sending", sent_at=now + timedelta(seconds=60))
    looks = [line["look"].value for line in page(sign_in(viewer), phone).context["lines"]]
    assert looks == ["unknown", "sending"]


@pytest.mark.parametrize(
    ("state", "claimed", "says"),
    [
        ("accepted", "DELIVERED", "Reported “Delivered”, not verified yet"),
        ("accepted", "Strange word", "Reported “Strange word”, not verified yet"),
        ("failed", "delivered", "Reported “Delivered”, not verified yet"),
        ("failed", "FAILED", ""),
        ("delivered", "FAILED", ""),
        ("accepted", "", ""),
    ],
)
def test_a_claim_is_shown_as_one_until_it_was_asked_back(
    state: str, claimed: str, says: str, phone: Sim, viewer: User, sign_in: SignIn
) -> None:
    MessageFactory(sim=phone, state=state, claimed=claimed)
    (line,) = page(sign_in(viewer), phone).context["lines"]
    assert line["claim"] == says


def test_messages_from_the_sim_are_called_unverified(phone: Sim, viewer: User, sign_in: SignIn) -> None:
    heard(phone, "Help")
    shown = page(sign_in(viewer), phone).content.decode()
    assert "SmartHub has no way to ask back" in shown
    assert "unverified" in shown


def test_days_stand_above_their_first_message_across_pages(
    phone: Sim, viewer: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen red: the day of the message above the page left out."""
    monkeypatch.setattr(conversation, "SIZE", 2)
    now = timezone.now()
    for hours in (72, 49, 48, 0):
        MessageFactory(sim=phone, text=f"{hours} h ago", at=now - timedelta(hours=hours))
    browser = sign_in(viewer)
    newest = page(browser, phone)
    assert [(line["message"].text, bool(line["day"])) for line in newest.context["lines"]][-1] == (
        "0 h ago",
        True,
    )
    assert newest.context["lines"][-1]["day"] == "Today"
    older = browser.get(newest.context["older_url"], headers=HTMX)
    said = older.context["lines"] + newest.context["lines"]
    assert [line["message"].text for line in said] == ["72 h ago", "49 h ago", "48 h ago", "0 h ago"]
    days = [conversation.day_of(line["message"].at) for line in said]
    expected = [number == 0 or day != days[number - 1] for number, day in enumerate(days)]
    assert [bool(line["day"]) for line in said] == expected
    assert older.context["older_url"] == ""


def test_a_message_that_was_found_is_on_the_page_it_leads_to(
    phone: Sim, viewer: User, sign_in: SignIn
) -> None:
    now = timezone.now()
    said = [MessageFactory(sim=phone, at=now - timedelta(minutes=n)) for n in range(100)]
    browser = sign_in(viewer)
    far = page(browser, phone, f"?message={said[70].pk}")
    assert said[70].pk in [line["message"].pk for line in far.context["lines"]]
    assert far.context["live_url"] == ""
    assert far.context["newest_url"]
    near = page(browser, phone, f"?message={said[3].pk}")
    assert near.context["lines"][-1]["message"].pk == said[0].pk
    assert near.context["live_url"]


@pytest.mark.parametrize(
    "query", ["?message=x", "?message=999999999999", "?before=x", "?before=1-1", "?since=9-9"]
)
def test_odd_addresses_show_a_conversation(query: str, phone: Sim, viewer: User, sign_in: SignIn) -> None:
    heard(phone, "Here")
    browser = sign_in(viewer)
    assert page(browser, phone, query).status_code == 200
    assert browser.get(f"/messages/{phone.giccid}/live/{query}").status_code == 200


def test_a_conversation_costs_the_same_however_long_it_is(
    phone: Sim, operator: User, sign_in: SignIn
) -> None:
    browser, counts = sign_in(operator), []
    page(browser, phone)
    for many in (2, 30):
        for _number in range(many):
            heard(phone, "A reading")
            MessageFactory(sim=phone, author=operator)
        with CaptureQueriesContext(connection) as queries:
            page(browser, phone)
            browser.get(f"/sims/{phone.giccid}/messages/")
            browser.get(f"/messages/{phone.giccid}/live/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- the list beside it


def test_news_of_the_list_beside_keep_its_filters_and_its_place(
    phone: Sim, viewer: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen red: plan, state and place left out."""
    monkeypatch.setattr(lists, "SIZE", 2)
    plan, now = uuid.uuid4(), timezone.now()
    for number, state in enumerate(("failed", "failed", "failed", "delivered")):
        at = now - timedelta(minutes=number)
        MessageFactory(sim=phone, text=f"No. {number}", state=state, plan_id=plan, at=at)
    browser = sign_in(viewer)
    older = browser.get(f"/messages/?plan={plan}&state=failed").context["links"]["older"]
    (row,) = browser.get(older).context["rows"]
    assert row["message"].text == "No. 2"
    shown = page(browser, phone, "?" + row["url"].partition("?")[2].partition("#")[0])
    assert [row["message"].text for row in shown.context["rows"]] == ["No. 2"]
    news = browser.get(shown.context["live_url"])
    assert [row["message"].text for row in news.context["rows"]] == ["No. 2"]


def test_what_a_plan_took_back_stands_in_the_conversation_only(
    phone: Sim, operator: User, sign_in: SignIn
) -> None:
    """Seen red: it stood under "Still to come" as well."""
    message = write(operator, phone, "Reboot")
    plans.pause(operator, order_of(message).plan)
    assert order_of(message).state == "planned"
    shown = page(sign_in(operator), phone)
    assert [line["message"].text for line in shown.context["lines"]] == ["Reboot"]
    assert shown.context["waiting"] == []
