"""Open lists and conversations: told when a message came, moved or was read, and when a request had no answer.

Seen red: silent requests left out of the cursor.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enterprise.models import Account
from messaging import news
from messaging.models import Message
from sims.models import Sim
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory, UserFactory
from tests.message_factories import MessageFactory, heard

pytestmark = pytest.mark.django_db


def ask(browser: Client, page: str) -> str:
    """The address an open page asks at."""
    shown = browser.get(page).context
    url = shown["live_url"]
    return f"{url}{'&' if '?' in url else '?'}seen={shown['seen']}"


@pytest.fixture(params=["/messages/", "/messages/{sim}/", "/sims/{sim}/messages/"])
def opened(request: pytest.FixtureRequest, phone: Sim) -> str:
    MessageFactory(sim=phone, text="The first")
    return str(request.param).format(sim=phone.giccid)


def test_whatever_happens_to_a_message_is_told_once(
    opened: str, phone: Sim, operator: User, sign_in: SignIn
) -> None:
    browser = sign_in(operator)
    url = ask(browser, opened)
    assert browser.get(url).status_code == 204
    message = heard(phone, "Door open")
    assert "Door open" in browser.get(url).content.decode()

    url = ask(browser, opened)
    assert browser.get(url).status_code == 204
    Message.objects.filter(pk=message.pk).update(read_at=timezone.now())
    assert browser.get(url).status_code == 200

    url = ask(browser, opened)
    Message.objects.filter(text="The first").update(state="failed", changed_at=timezone.now())
    assert browser.get(url).status_code == 200
    assert browser.get(ask(browser, opened)).status_code == 204


def test_a_request_without_an_answer_turns_unknown_by_itself(
    opened: str, phone: Sim, operator: User, sign_in: SignIn
) -> None:
    """The clock of the database decides, and stands still in a test: the request is moved back instead."""
    message = MessageFactory(
        sim=phone, text="Reboot", state="sending", sent_at=timezone.now() + timedelta(hours=1)
    )
    browser = sign_in(operator)
    url = ask(browser, opened)
    assert browser.get(url).status_code == 204
    Message.objects.filter(pk=message.pk).update(sent_at=timezone.now() - timedelta(hours=1))
    assert "Outcome unknown" in browser.get(url).content.decode()
    assert browser.get(ask(browser, opened)).status_code == 204


def test_an_open_conversation_goes_on_from_where_it_began(
    phone: Sim, operator: User, sign_in: SignIn
) -> None:
    """Older ones that were asked for stand above and stay; the first of the page keeps its place."""
    now = timezone.now()
    for minutes in range(60):
        MessageFactory(sim=phone, text=f"{minutes} min ago", at=now - timedelta(minutes=minutes))
    browser = sign_in(operator)
    shown = browser.get(f"/messages/{phone.giccid}/").context
    first = shown["lines"][0]["message"].pk
    for number in range(50):
        MessageFactory(sim=phone, text=f"New {number}", at=now + timedelta(seconds=number))
    lines = browser.get(shown["live_url"]).context["lines"]
    assert lines[0]["message"].pk == first
    assert lines[-1]["message"].text == "New 49"
    assert len(lines) == 40 + 50
    assert [line["day"] for line in lines[:40]] == [line["day"] for line in shown["lines"]]


def test_what_is_being_typed_is_no_part_of_the_news(phone: Sim, operator: User, sign_in: SignIn) -> None:
    browser = sign_in(operator)
    for page in (f"/messages/{phone.giccid}/", f"/sims/{phone.giccid}/messages/"):
        url = ask(browser, page)
        heard(phone, "Door open")
        told = browser.get(url).content.decode()
        assert "Door open" in told
        assert "sms_text" not in told
        assert "sms_compose" not in told


def test_people_are_told_of_their_own_accounts_only(
    sim: Sim, outsider: User, stranger: User, sign_in: SignIn
) -> None:
    heard(sim, "Not for you")
    for person in (outsider, stranger):
        assert "Not for you" not in sign_in(person).get("/messages/live/").content.decode()
        assert sign_in(person).get(f"/messages/{sim.giccid}/live/").status_code == 404


def test_what_happens_in_accounts_of_others_is_no_news(
    sim: Sim, account: Account, other_account: Account, sign_in: SignIn
) -> None:
    """Seen red: a bulk run elsewhere made every open list load again, every time it asked."""
    person = UserFactory(role="operator", accounts=[account])
    own, other = heard(sim, "Mine"), SimFactory(account=other_account)
    urls = [ask(sign_in(person), page) for page in ("/messages/", f"/messages/{sim.giccid}/")]
    for number in range(25):
        heard(other, f"Not mine {number}")
    now = timezone.now()
    Message.objects.filter(giccid=other.giccid).update(read_at=now, changed_at=now)
    assert [sign_in(person).get(url).status_code for url in urls] == [204, 204]
    Message.objects.filter(pk=own.pk).update(read_at=now)
    assert [sign_in(person).get(url).status_code for url in urls] == [200, 200]
    assert news.of_all(UserFactory(role="viewer", accounts=[]), sim.enterprise)


@pytest.mark.parametrize("many", [0, 60])
def test_whatever_a_limited_person_sees_change_is_told_once(
    many: int, sim: Sim, account: Account, sign_in: SignIn
) -> None:
    """Also of the last message of a conversation, when another one chatters."""
    person = UserFactory(role="operator", accounts=[account])
    now = timezone.now()
    message = MessageFactory(sim=sim, state="accepted", at=now - timedelta(hours=1))
    chatty = SimFactory(account=account)
    for _number in range(many):
        heard(chatty, "Chatter", read_at=now)
    browser = sign_in(person)
    url = ask(browser, "/messages/")
    assert browser.get(url).status_code == 204
    Message.objects.filter(pk=message.pk).update(state="delivered", changed_at=timezone.now())
    assert "Delivered" in browser.get(url).content.decode()
    assert browser.get(ask(browser, "/messages/")).status_code == 204


def test_a_question_costs_a_few_walks_of_indexes(phone: Sim, operator: User, sign_in: SignIn) -> None:
    browser = sign_in(operator)
    url = ask(browser, "/messages/")
    browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 204
    assert len(queries) <= 6


def test_an_older_page_stands_still(phone: Sim, operator: User, sign_in: SignIn) -> None:
    for page in ("/messages/?before=9999999999999999-1", f"/messages/{phone.giccid}/?before=1-1"):
        shown: Any = sign_in(operator).get(page)
        assert shown.context["live_url"] == ""
        assert "data-live-poll" not in shown.content.decode()
