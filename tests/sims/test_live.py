"""A page of a SIM that stays open: told when something differs, and only then.

Seen red: each kind of news left out of `sims.news`, one tab's parts sent to all.
"""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enterprise.models import Account, Enterprise
from sims import news
from sims.models import Sim
from staff.models import User
from tests import factories
from tests.command_factories import CommandFactory, IntentFactory
from tests.conftest import SignIn
from tests.history_factories import ChangeLogFactory
from tests.push_factories import push_about

pytestmark = pytest.mark.django_db
COST = 7
"""Queries of a look that finds nothing: session, person, role and enterprise; which SIM, and what of it."""


def ask(browser: Client, page: str) -> str:
    """The address an open page asks at."""
    shown = browser.get(page)
    return f"{shown.context['live_url']}&seen={shown.context['seen']}"


def parts(text: str) -> set[str]:
    return set(re.findall(r'id="(\w+)"[^>]*hx-swap-oob="true"', text))


CHANGES: dict[str, Callable[[Sim], object]] = {
    "another status": lambda sim: Sim.objects.update(status="DEACTIVATED", observed_at=timezone.now()),
    "missing": lambda sim: Sim.objects.update(missing_since=timezone.now()),
    "another label": lambda sim: Sim.objects.update(label="Depot"),
    "swept anew": lambda sim: Account.objects.update(swept_at=timezone.now()),
    "a change log": lambda sim: ChangeLogFactory(sim=sim),
    "a command": lambda sim: CommandFactory(sim=sim, state="queued"),
    "drift": lambda sim: IntentFactory(sim=sim, value="DEACTIVATED"),
    "a push": lambda sim: push_about(sim),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_the_page_shows_is_told_once_it_differs(
    what: str, sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    browser = sign_in(viewer)
    url = ask(browser, f"/sims/{sim.giccid}/")
    assert browser.get(url).status_code == 204
    CHANGES[what](sim)
    told = browser.get(url)
    assert told.status_code == 200
    assert told.context["seen"] == news.cursor(viewer, sim.giccid)
    assert browser.get(re.sub("seen=.*", f"seen={told.context['seen']}", url)).status_code == 204


def test_a_verdict_is_news(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    event = push_about(sim, verdict="pending", target="DEACTIVATED").event
    browser = sign_in(viewer)
    url = ask(browser, f"/sims/{sim.giccid}/")
    assert "Being read back" in browser.get(f"/sims/{sim.giccid}/").content.decode()
    event.verdict = "confirmed"
    event.save()
    assert "Confirmed by read" in browser.get(url).content.decode()


def test_another_sims_change_is_no_news(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    browser = sign_in(viewer)
    url = ask(browser, f"/sims/{sim.giccid}/")
    push_about(factories.SimFactory(account=sim.account))
    assert browser.get(url).status_code == 204


@pytest.mark.parametrize(
    ("tab", "own"),
    [
        ("", {"card_plan", "card_apns", "card_identities", "card_dates"}),
        ("timeline/", {"entries_head"}),
        ("commands/", {"tab_commands"}),
        ("usage/", set()),
        ("raw/", set()),
        ("commands/?page=2", set()),
        ("timeline/?before=2026-01-01", set()),
    ],
)
def test_head_and_open_tab_are_brought_and_nothing_else(
    tab: str, own: set[str], sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    for _n in range(26):
        CommandFactory(sim=sim, state="applied")
    browser = sign_in(viewer)
    url = ask(browser, f"/sims/{sim.giccid}/{tab}")
    push_about(sim)
    head = {"live_seen", "sim_facts", "sim_deeds", "in_flight", "sim_notices"}
    assert parts(browser.get(url).content.decode()) == head | own


def test_the_timeline_is_brought_down_to_where_the_open_page_began(
    sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    moments = [timezone.now() - timedelta(minutes=n) for n in range(100)]
    for moment in moments[40:]:
        ChangeLogFactory(sim=sim, type="IMEI_CHANGE", target=f"t{moment:%H%M}", happened_at=moment)
    browser = sign_in(viewer)
    shown = browser.get(f"/sims/{sim.giccid}/timeline/?kind=identity")
    url = f"{shown.context['live_url']}&seen={shown.context['seen']}"
    lines = re.findall(r'<li id="([\w-]+)"', shown.content.decode())
    for moment in moments[:40]:
        ChangeLogFactory(sim=sim, type="IMEI_CHANGE", target=f"t{moment:%H%M}", happened_at=moment)
    told = re.findall(r'<li id="([\w-]+)"', browser.get(url).content.decode())
    assert len(told) == 70
    assert told[40:] == lines


def test_a_look_that_finds_nothing_is_cheap(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    for _n in range(30):
        push_about(sim)
        ChangeLogFactory(sim=sim)
        CommandFactory(sim=sim, state="applied")
    browser = sign_in(viewer)
    url = ask(browser, f"/sims/{sim.giccid}/")
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 204
    assert len(queries) <= COST


def test_strangers_and_people_whose_session_ended_are_told_nothing(
    sim: Sim, viewer: User, stranger: User, sign_in: SignIn
) -> None:
    url = ask(sign_in(viewer), f"/sims/{sim.giccid}/")
    assert sign_in(stranger).get(url).status_code == 404
    assert sign_in(None).get(url)["Location"].startswith("/accounts/login/")


def test_of_two_enterprises_with_the_same_number_the_shown_one_is_watched(
    sim: Sim, foreign_enterprise: Enterprise, viewer: User, sign_in: SignIn
) -> None:
    twin = factories.SimFactory(
        account=factories.AccountFactory(enterprise=foreign_enterprise), giccid=sim.giccid
    )
    browser = sign_in(viewer)
    url = ask(browser, f"/sims/{sim.giccid}/")
    push_about(twin)
    assert browser.get(url).status_code == 204
    push_about(sim)
    assert browser.get(url).status_code == 200


def test_drift_stands_on_the_head_of_the_page(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    browser = sign_in(viewer)
    assert "Not as ordered" not in browser.get(f"/sims/{sim.giccid}/").content.decode()
    IntentFactory(sim=sim, value="DEACTIVATED")
    assert "Not as ordered" in browser.get(f"/sims/{sim.giccid}/").content.decode()
