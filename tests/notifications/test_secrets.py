"""Tokens of push addresses appear where an administrator asks for one, and nowhere else.

Aims at: `/push/` left out of `smarthub_portal.logs`, the token in the admin's page.
"""

import io
import json
import logging

import pytest
from django.core.management import call_command
from django.urls import reverse

from notifications import addresses
from notifications.models import PushAddress
from tests.notifications.sender import address_of, path_of, post, push, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def logged(settings):
    """What the process logged, as its own formatter writes it."""
    options = dict(settings.LOGGING["formatters"]["json"])
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(options.pop("()")(**options))
    logging.root.addHandler(handler)
    yield handler.stream
    logging.root.removeHandler(handler)


def test_no_log_line_and_no_metric_names_a_token(enterprise, client, logged):
    token = address_of(enterprise).reveal()
    push(enterprise, giccid="1")
    post(path_of(enterprise), signed({}, key="wrong"))
    post(path_of(enterprise) + "/", signed({}))
    told = logged.getvalue()
    assert "/push/[redacted]/sim-status" in told
    metrics = client.get("/metrics", headers={"Authorization": "Bearer only-for-tests-metrics"})
    assert metrics.status_code == 200
    assert token not in told + metrics.content.decode()


def test_a_page_shows_one_address_when_asked_for_it(enterprise, admin, sign_in):
    tokens = {address.pk: address.reveal() for address in addresses.ensure(enterprise).values()}
    browser = sign_in(admin)
    closed = browser.get(reverse("notifications:setup")).content.decode()
    assert [token for token in tokens.values() if token in closed] == []
    pk, wanted = next(iter(tokens.items()))
    opened = browser.get(reverse("notifications:setup"), {"show": pk})
    assert [token for token in tokens.values() if token in opened.content.decode()] == [wanted]
    assert "no-store" in opened["Cache-Control"]


def test_the_admin_site_shows_no_token(enterprise, admin, client):
    address = address_of(enterprise)
    client.force_login(admin)
    for name, args in (("changelist", []), ("change", [address.pk])):
        page = client.get(reverse(f"admin:notifications_pushaddress_{name}", args=args)).content.decode()
        assert [s for s in (address.reveal(), address.token_hash, address.token_sealed) if s in page] == []


def test_the_command_prints_each_kind_with_its_address(enterprise, capsys, settings):
    settings.PUBLIC_URL = "https://portal.example.com"
    call_command("push_urls", "--json", "--enterprise", enterprise.name)
    urls = json.loads(capsys.readouterr().out)
    made = {address.kind: address for address in PushAddress.objects.all()}
    assert urls == {
        kind: f"https://portal.example.com/push/{address.reveal()}/{kind}" for kind, address in made.items()
    }
    call_command("push_urls", "--json", "--enterprise", enterprise.name)
    assert json.loads(capsys.readouterr().out) == urls


def test_making_and_ending_an_address_stands_in_the_audit_trail(enterprise, admin, sign_in):
    browser = sign_in(admin)
    browser.post(reverse("notifications:setup-make"))
    first = address_of(enterprise)
    browser.post(reverse("notifications:setup-rotate", args=[first.pk]))
    browser.post(reverse("notifications:setup-retire", args=[first.pk]))
    first.refresh_from_db()
    assert first.retired_at is not None
    page = browser.get(reverse("staff:audit")).content.decode()
    assert "made a new push address: sim-status (Home Enterprise)" in page
    assert "ended a former push address: sim-status (Home Enterprise)" in page
