"""A SIM that moved to another account: its conversation is one, and each side sees its own part of it.

Aims at: a text, or a number of unread messages, of somebody else's account.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from enterprise.models import Account
from messaging.models import Message
from sims.models import Sim
from staff.models import User
from tests.conftest import SignIn
from tests.factories import UserFactory
from tests.message_factories import MessageFactory, heard

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(sim: Sim, other_account: Account) -> User:
    """Sees the SIM since it moved. Before, it sent two messages, one of which is told of late."""
    heard(sim, "Theirs, first", at=timezone.now() - timedelta(hours=2))
    heard(sim, "Theirs, last", at=timezone.now())
    Sim.objects.filter(pk=sim.pk).update(account=other_account)
    MessageFactory(sim=sim, account_id=other_account.pk, text="Mine", at=timezone.now() - timedelta(hours=1))
    return UserFactory(role="operator", accounts=[other_account])


def line(browser: Client, query: str = "") -> dict[str, Any]:
    (row,) = browser.get(f"/messages/{query}").context["rows"]
    found: dict[str, Any] = row
    return found


def test_the_list_shows_the_last_message_this_person_may_see(
    newcomer: User, viewer: User, sign_in: SignIn
) -> None:
    """Seen red: it showed the last one, whoever's it was."""
    browser = sign_in(newcomer)
    assert (line(browser)["message"].text, line(browser)["unread"]) == ("Mine", 0)
    everything = sign_in(viewer)
    assert (line(everything)["message"].text, line(everything)["unread"]) == ("Theirs, last", 2)
    for address in ("/messages/", "/messages/live/", "/messages/export.csv"):
        answer = browser.get(address)
        text = (b"".join(answer) if answer.streaming else answer.content).decode()
        assert "Mine" in text
        assert "Theirs" not in text


def test_unread_counts_what_this_person_may_see(
    newcomer: User, other_account: Account, sim: Sim, sign_in: SignIn
) -> None:
    """Seen red: what others had not read was counted, and no click made it read."""
    browser = sign_in(newcomer)
    page = browser.get("/messages/?show=unread")
    assert page.context["rows"] == []
    assert "rail-badge" not in page.content.decode()
    heard(sim, "New", account_id=other_account.pk)
    page = browser.get("/messages/?show=unread")
    assert [row["unread"] for row in page.context["rows"]] == [1]
    assert '<span class="rail-badge">1</span>' in page.content.decode()
    upto = Message.objects.latest("pk").pk
    browser.post(f"/messages/{sim.giccid}/read/", {"upto": upto})
    assert "rail-badge" not in browser.get("/messages/").content.decode()
    assert Message.objects.filter(read_at=None, direction="mo").count() == 2
