"""Pages of alerts that stay open: told when something differs, and only then.

Seen red: an alert's changes left out of the cursors.
"""

import re

import pytest
from django.test import Client

from sims.models import Sim
from staff.models import User
from tests.alert_factories import alert_about
from tests.conftest import SignIn
from tests.notifications.test_alert_pages import HOME, press

pytestmark = pytest.mark.django_db


def ask(browser: Client, page: str) -> str:
    shown = browser.get(page)
    address = shown.context["live_url"]
    return f"{address}{'&' if '?' in address else '?'}seen={shown.context['seen']}"


def test_an_open_list_is_told_of_new_alerts_and_of_deeds(
    sim: Sim, operator: User, viewer: User, sign_in: SignIn
) -> None:
    browser = sign_in(viewer)
    url = ask(browser, HOME)
    assert browser.get(url).status_code == 204
    alert = alert_about(sim)
    parts = set(re.findall(r'id="(\w+)"[^>]*hx-swap-oob', browser.get(url).content.decode()))
    assert parts == {"live_seen", "alert_choices", "alert_results"}
    url = ask(browser, HOME)
    press(sign_in(operator), "acknowledge", alert)
    assert "Acknowledged" in browser.get(url).content.decode()
    assert browser.get(ask(browser, HOME)).status_code == 204


def test_an_open_alert_is_told_what_others_do(
    sim: Sim, operator: User, viewer: User, sign_in: SignIn
) -> None:
    alert, browser = alert_about(sim), sign_in(viewer)
    url = ask(browser, f"{HOME}{alert.pk}/")
    assert browser.get(url).status_code == 204
    press(sign_in(operator), "note", alert, note="Asked the carrier")
    text = browser.get(url).content.decode()
    assert "Asked the carrier" in text
    assert set(re.findall(r'id="(\w+)"[^>]*hx-swap-oob', text)) == {
        "live_seen",
        "alert_head",
        "alert_sims",
        "alert_trail",
    }


def test_without_an_enterprise_nobody_asks_on(db: None, viewer: User, sign_in: SignIn) -> None:
    assert sign_in(viewer).get("/notifications/live/").status_code == 286
