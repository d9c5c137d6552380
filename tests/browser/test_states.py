"""Nothing there yet, out of date, platform gone: each state says what it is and what to do next."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.world import World


@pytest.mark.parametrize("address", ["/", "/sims/"])
def test_before_the_first_sync_the_page_says_what_is_going_on(address: str, visit: Visit) -> None:
    page = visit("operator", "empty")
    page.goto(address)
    expect(page.locator("main")).to_contain_text("The first sync is on its way")
    page.get_by_role("link", name="Watch its progress").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sync runs")


def test_a_connection_without_a_key_asks_for_one(visit: Visit) -> None:
    page = visit("admin", "keyless")
    page.goto("/")
    expect(page.locator(".empty-state")).to_contain_text("The connection has no API key yet")
    page.get_by_role("link", name="Open the connection").click()
    expect(page.get_by_label("API key")).to_be_visible()


def test_a_newcomer_learns_whom_to_ask(visit: Visit) -> None:
    page = visit("newcomer")
    page.goto("/sims/")
    expect(page.locator(".empty-state")).to_contain_text("Ask an administrator")


@pytest.mark.parametrize("address", ["/", "/sims/"])
@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("down", "SmartHub does not answer"),
        ("refused", "SmartHub refuses our API key"),
        ("throttled", "The hourly allowance of calls is used up"),
        ("stale", "This copy of the fleet is old"),
    ],
)
def test_what_stands_between_the_reader_and_fresh_figures_is_told(
    state: str, words: str, address: str, visit: Visit
) -> None:
    page = visit("viewer", state)
    page.goto(address)
    expect(page.locator(".banner")).to_contain_text(words)


def test_a_healthy_fleet_has_no_banner(visit: Visit) -> None:
    page = visit("viewer")
    page.goto("/")
    expect(page.locator(".kpi").first).to_be_visible()
    expect(page.locator(".banner")).to_have_count(0)


def test_hard_cases_are_shown_as_they_came(portal: World, visit: Visit) -> None:
    page = visit("viewer", "hard")
    page.goto(f"/sims/{portal.sims['strange'].giccid}/")
    expect(page.locator(".sim-head .pill")).to_have_text("FROZEN_BY_REGULATOR")
    page.goto(f"/sims/{portal.sims['many'].giccid}/")
    expect(page.locator(".device h3")).to_have_text(["Device 1", "Device 2", "Device 3"])
    page.goto(f"/sims/{portal.sims['bare'].giccid}/")
    expect(page.locator("#sim")).to_contain_text("SmartHub reports no device.")
    page.goto(f"/sims/{portal.sims['missing'].giccid}/")
    expect(page.locator(".banner")).to_contain_text("SmartHub has not listed this SIM since")
    page.goto("/sims/?usage=over")
    expect(page.locator(".usage-over")).to_contain_text("over its limit")
