"""Writing in a conversation, and reading what came.

Aims at: a text lost with a refusal, a double click, something read that nobody saw.
"""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from commands import execute
from commands.models import Command, Rules
from enterprise.models import Account
from messaging.models import Message, Template, Thread
from sims.models import Sim
from staff.models import User
from tests.command_factories import ProtectionFactory
from tests.commands.platform import Platform
from tests.conftest import SignIn
from tests.factories import UserFactory
from tests.message_factories import heard
from tests.messaging.conftest import send as sent

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def page(browser: Client, sim: Sim, query: str = "") -> Any:
    return browser.get(f"/messages/{sim.giccid}/{query}")


def write(browser: Client, sim: Sim, text: str, *, is_htmx: bool = False, **values: Any) -> Any:
    data = {"text": text, "uid": str(uuid.uuid4())} | values
    return browser.post(f"/messages/{sim.giccid}/send/", data, headers=HTMX if is_htmx else {})


# --- writing


def test_what_is_written_is_queued_and_sent_once(
    phone: Sim, operator: User, sign_in: SignIn, platform: Platform
) -> None:
    browser, uid = sign_in(operator), str(uuid.uuid4())
    for _click in range(2):
        answer = write(browser, phone, "Reboot, please", uid=uid)
        assert (answer.status_code, answer["Location"]) == (302, f"/messages/{phone.giccid}/")
    message = Message.objects.get()
    assert (message.text, message.author, message.state) == ("Reboot, please", operator, "queued")
    execute.dispatch(phone.enterprise_id)
    assert [effect.giccid for effect in platform.effects] == [phone.giccid]
    assert "Accepted, awaiting report" in page(browser, phone).content.decode()


def test_with_htmx_an_empty_form_comes_back_and_the_page_looks_at_once(
    phone: Sim, operator: User, sign_in: SignIn
) -> None:
    answer = write(sign_in(operator), phone, "Reboot", is_htmx=True)
    assert answer.status_code == 200
    assert "look-now" in answer["HX-Trigger"]
    assert "Reboot" not in answer.content.decode()
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write a message first."),
        ("   \n", "Write a message first."),
        ("x" * 161, "Too long by 1"),
        ("я" * 71, "Too long by 1"),
    ],
)
def test_a_refusal_stands_at_the_field_and_keeps_the_text(
    text: str, says: str, phone: Sim, operator: User, sign_in: SignIn
) -> None:
    browser = sign_in(operator)
    for is_htmx, status in ((False, 422), (True, 200)):
        answer = write(browser, phone, text, is_htmx=is_htmx)
        assert answer.status_code == status
        assert says in answer.content.decode()
        assert answer.context["text"] == text
    assert not Message.objects.exists()
    assert not Command.objects.exists()


def test_a_form_without_its_number_sends_nothing(phone: Sim, operator: User, sign_in: SignIn) -> None:
    answer = write(sign_in(operator), phone, "Reboot", uid="x")
    assert answer.status_code == 422
    assert "Reload the page" in answer.content.decode()
    assert not Message.objects.exists()


@pytest.mark.parametrize("status", ["DEACTIVATED", "RETIRED", "FROZEN_BY_REGULATOR"])
def test_a_sim_that_is_not_activated_has_a_sentence_instead_of_a_form(
    status: str, phone: Sim, operator: User, sign_in: SignIn
) -> None:
    Sim.objects.update(status=status)
    browser = sign_in(operator)
    shown = page(browser, phone).content.decode()
    assert "Only an activated SIM takes messages" in shown
    assert 'id="sms_text"' not in shown
    assert write(browser, phone, "Reboot").status_code == 422
    assert not Message.objects.exists()


def test_a_protected_sim_says_why(phone: Sim, operator: User, sign_in: SignIn) -> None:
    ProtectionFactory(sim=phone, reason="Emergency phones")
    shown = page(sign_in(operator), phone).content.decode()
    assert "Protected: Emergency phones" in shown
    assert 'id="sms_text"' not in shown


def test_where_sending_is_not_documented_it_says_who_can_confirm_it(
    phone: Sim, operator: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sims.manage.is_sure", lambda _enterprise, _kind: False)
    shown = page(sign_in(operator), phone).content.decode()
    assert "An administrator can confirm it in the rules for changes." in shown


def test_a_viewer_reads_and_does_not_write(phone: Sim, viewer: User, sign_in: SignIn) -> None:
    heard(phone, "Here")
    browser = sign_in(viewer)
    shown = page(browser, phone).content.decode()
    assert "You may read messages; an operator may send some." in shown
    assert 'id="sms_text"' not in shown
    assert "/read/" not in shown
    assert write(browser, phone, "Reboot").status_code == 403
    assert Thread.objects.get().unread == 1


def test_a_message_that_needs_a_second_person_says_so(phone: Sim, operator: User, sign_in: SignIn) -> None:
    Rules.objects.create(enterprise=phone.enterprise, approval_over=0)
    browser = sign_in(operator)
    answer = browser.post(
        f"/messages/{phone.giccid}/send/", {"text": "Reboot", "uid": str(uuid.uuid4())}, follow=True
    )
    shown = answer.content.decode()
    assert "A second person has to approve this message first." in shown
    assert "A second person has to approve it before it is sent." in shown
    assert not Message.objects.exists()


def test_a_sim_that_moved_away_gives_no_form_and_fills_no_template(
    phone: Sim, other_account: Account, sign_in: SignIn
) -> None:
    """Seen red: what was refused came back with templates filled for the SIM as it is now."""
    former = UserFactory(role="operator", accounts=[phone.account])
    Template.objects.create(enterprise=phone.enterprise, name="Label", text="About {label}")
    heard(phone, "From before")
    Sim.objects.filter(pk=phone.pk).update(account=other_account, label="Theirs now")
    answers = [write(sign_in(former), phone, "Hello", is_htmx=is_htmx) for is_htmx in (True, False)]
    for answer in [*answers, page(sign_in(former), phone)]:
        shown = answer.content.decode()
        assert "or not for you. Nothing can be sent to it." in shown
        assert "Theirs now" not in shown
        assert 'id="sms_text"' not in shown
        assert answer.context["templates"] == []
    assert not Command.objects.exists()


# --- reading


def test_opening_marks_what_the_page_showed_as_read(phone: Sim, operator: User, sign_in: SignIn) -> None:
    heard(phone, "First")
    browser = sign_in(operator)
    upto = page(browser, phone).context["upto"]
    later = heard(phone, "Came meanwhile")
    answer = browser.post(f"/messages/{phone.giccid}/read/", {"upto": upto}, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "look-now")
    first = Message.objects.get(text="First")
    assert first.read_by == operator
    assert Message.objects.get(pk=later.pk).read_at is None
    assert Thread.objects.get().unread == 1


def test_marked_as_unread_the_newest_of_the_sim_is_new_again(
    phone: Sim, operator: User, sign_in: SignIn
) -> None:
    now = timezone.now()
    heard(phone, "First", read_at=now, at=now - timedelta(hours=1))
    last = heard(phone, "Last", read_at=now)
    answer = sign_in(operator).post(f"/messages/{phone.giccid}/unread/")
    assert (answer.status_code, answer["Location"]) == (302, "/messages/")
    assert list(Message.objects.filter(read_at=None)) == [last]
    assert Thread.objects.get().unread == 1


@pytest.mark.parametrize("upto", ["", "x", "-1", "9" * 30])
def test_an_odd_number_marks_nothing(upto: str, phone: Sim, operator: User, sign_in: SignIn) -> None:
    heard(phone, "First")
    assert sign_in(operator).post(f"/messages/{phone.giccid}/read/", {"upto": upto}).status_code == 302
    assert Thread.objects.get().unread == 1


# --- on the page of the SIM


def test_the_page_of_the_sim_holds_the_same_conversation(
    phone: Sim, operator: User, sign_in: SignIn, platform: Platform
) -> None:
    sent(operator, phone, "Reboot, please")
    heard(phone, "Rebooted")
    browser = sign_in(operator)
    shown = browser.get(f"/sims/{phone.giccid}/messages/").content.decode()
    assert "Reboot, please" in shown
    assert "Rebooted" in shown
    answer = write(browser, phone, "Thank you", place="sim")
    assert answer["Location"] == f"/sims/{phone.giccid}/messages/"
    assert f'href="/sims/{phone.giccid}/messages/"' in browser.get(f"/sims/{phone.giccid}/").content.decode()


def test_the_sim_page_has_no_other_tabs_than_those_named(phone: Sim, operator: User, sign_in: SignIn) -> None:
    for name in ("detail", "nothing", "list"):
        assert sign_in(operator).get(f"/sims/{phone.giccid}/{name}/").status_code == 404
