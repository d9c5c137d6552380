"""An inbox of pushes that stays open: told when a push came or something became of one.

Seen red: verdicts left out of the cursor, filters left out of the address, the enterprise's own filter left out.
"""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sims.models import Sim
from staff.models import User
from tests.conftest import SignIn
from tests.push_factories import push_about

pytestmark = pytest.mark.django_db


def ask(browser: Client, query: str = "") -> str:
    """The address an open inbox asks at."""
    shown = browser.get(f"/notifications/inbox/{query}")
    return f"{shown.context['live_url']}&seen={shown.context['seen']}"


def test_a_push_a_repeat_and_a_verdict_are_told(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    browser = sign_in(viewer)
    url = ask(browser)
    assert browser.get(url).status_code == 204
    push = push_about(sim, verdict="pending", target="DEACTIVATED")
    assert "Being read back" in browser.get(url).content.decode()

    url = ask(browser)
    push.event.verdict = "confirmed"
    push.event.save()
    assert "Confirmed by read" in browser.get(url).content.decode()

    url = ask(browser)
    push.times = 2
    push.save()
    assert browser.get(url).status_code == 200
    assert browser.get(ask(browser)).status_code == 204


def test_the_filters_of_the_page_are_kept(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    browser = sign_in(viewer)
    push_about(sim, "imei-change", target="123456789012345")
    url = ask(browser, "?kind=imei-change&outcome=unverified&giccid=" + sim.giccid)
    push_about(sim, "mo-sms", target="no such kind here")
    text = browser.get(url).content.decode()
    assert "123456789012345" in text
    assert "no such kind here" not in text


def test_an_older_page_stands_still(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    shown = sign_in(viewer).get("/notifications/inbox/?before=5")
    assert shown.context["live_url"] == ""
    assert "data-live-poll" not in shown.content.decode()


def test_people_see_news_of_their_own_accounts_only(
    sim: Sim, outsider: User, foreign_sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    limited = sign_in(outsider)
    url = ask(limited)
    push_about(sim, target="not-for-all")
    assert "not-for-all" not in limited.get(url).content.decode()
    url = ask(sign_in(viewer))
    push_about(foreign_sim)  # another enterprise than the one that is looked at
    assert sign_in(viewer).get(url).status_code == 204


def test_a_look_costs_the_same_however_much_there_is(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    browser = sign_in(viewer)
    counts = []
    for _round in range(2):
        for _n in range(60):
            push_about(sim)
        url = ask(browser)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 204
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_without_an_enterprise_nobody_asks_on(db: None, viewer: User, sign_in: SignIn) -> None:
    assert sign_in(viewer).get("/notifications/inbox/live/").status_code == 286
