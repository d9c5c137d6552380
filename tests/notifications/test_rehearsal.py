"""The test button of the push setup: the portal's own sandbox, and nobody else, is asked to send one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from enterprise.models import Enterprise
from notifications import addresses
from staff.models import User
from tests.conftest import SignIn
from tests.notifications.sender import address_of
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.django_db, pytest.mark.servers]


@pytest.fixture(scope="module")
def platform() -> Iterator[SandboxProcess]:
    with SandboxProcess(sims=5) as sandbox:
        yield sandbox


@pytest.fixture
def connected(enterprise: Enterprise, platform: SandboxProcess, settings: Any) -> Enterprise:
    settings.SANDBOX_PORT, settings.SANDBOX_CONTROL_TOKEN = platform.port, platform.control_token
    enterprise.base_url, enterprise.is_sandbox = platform.base_url, True
    enterprise.save()
    return enterprise


def press(browser: Any, enterprise: Enterprise, kind: str = "imei-change") -> str:
    address = address_of(enterprise, kind)
    return browser.post(reverse("notifications:setup-test", args=[address.pk]), follow=True).content.decode()


def test_the_sandbox_learns_the_newest_address_and_sends_one(
    connected: Enterprise, platform: SandboxProcess, admin: User, sign_in: SignIn
):
    sent = len(platform.pushes())
    assert "The sandbox sends one now" in press(sign_in(admin), connected)
    targets = platform.control("GET", "push-targets")["urls"]
    assert targets["imei-change"] == addresses.url_of(address_of(connected, "imei-change"))
    pushes = platform.pushes()
    assert (len(pushes), pushes[-1]["kind"]) == (sent + 1, "imei-change")


def test_a_connection_to_the_real_platform_has_no_such_button(
    enterprise: Enterprise, platform: SandboxProcess, settings: Any, admin: User, sign_in: SignIn
):
    settings.SANDBOX_PORT, settings.SANDBOX_CONTROL_TOKEN = platform.port, platform.control_token
    before = len(platform.pushes())
    browser = sign_in(admin)
    assert "Only the portal" in press(browser, enterprise)
    assert "Test it" not in browser.get(reverse("notifications:setup")).content.decode()
    assert len(platform.pushes()) == before


def test_a_sandbox_that_is_away_is_said_to_be(
    connected: Enterprise, settings: Any, admin: User, sign_in: SignIn
):
    settings.SANDBOX_PORT = 1
    connected.base_url = "http://127.0.0.1:1/v1"
    connected.save()
    assert "The sandbox does not answer" in press(sign_in(admin), connected)
