"""Finding a SIM, reading its page, refreshing it; filters, sorting and pages of the list."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from enterprise.models import Account
from sims.models import Sim
from tests.browser.conftest import Visit
from tests.browser.watch import Watch
from tests.browser.world import World


def rows(page: Page) -> Locator:
    return page.locator("[data-rows] > tr")


def remember(page: Page) -> None:
    """A mark that a full page load would wipe out."""
    page.evaluate("window.isStillHere = true")


def was_swapped(page: Page) -> bool:
    return bool(page.evaluate("window.isStillHere === true"))


def test_a_sim_is_found_by_part_of_its_imsi_and_refreshed(portal: World, visit: Visit) -> None:
    sim = portal.main_sim(status="ACTIVATED", account__name="Pacific Vending")
    earlier = timezone.now() - timedelta(hours=3)
    Sim.objects.filter(pk=sim.pk).update(observed_at=earlier)
    Account.objects.filter(pk=sim.account_id).update(swept_at=earlier)
    portal.sandbox.set_sim(sim.giccid, status="DEACTIVATED", imei="359999999999999")
    page = visit("operator")
    page.goto("/")
    page.get_by_role("searchbox", name="Search SIMs").fill(str(sim.imsi)[3:])
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    rows(page).get_by_role("link", name=sim.giccid).click()
    expect(page.locator(".sim-head .pill")).to_have_text("Activated")
    expect(page.locator(".sim-head .freshness")).to_contain_text("3 h ago")
    page.get_by_role("button", name="Refresh now").click()
    expect(page.locator("#toasts")).to_contain_text("Read from SmartHub just now.")
    expect(page.locator(".sim-head .pill")).to_have_text("Suspended")
    expect(page.locator(".sim-head .freshness")).to_contain_text("just now")
    expect(page.locator("#sim")).to_contain_text("359999999999999")
    sim.refresh_from_db()
    assert (sim.status, sim.imei) == ("DEACTIVATED", "359999999999999")


def test_a_refresh_that_fails_says_so_and_keeps_the_page(portal: World, visit: Visit) -> None:
    page = visit("operator")
    sim = portal.main_sim(status="INVENTORY")
    page.goto(f"/sims/{sim.giccid}/")
    portal.sandbox.faults([{"operation": "*", "kind": "status", "status": 503, "probability": 1}])
    try:
        page.get_by_role("button", name="Refresh now").click()
        expect(page.locator("#toasts [data-level=error]")).to_contain_text("SmartHub reports a failure")
    finally:
        portal.sandbox.faults([])
    expect(page.locator(".sim-head .pill")).to_have_text("Inventory")


def test_a_filter_swaps_the_list_and_the_back_button_restores_it(portal: World, visit: Visit) -> None:
    page = visit("operator")
    page.goto("/sims/?page_size=250")
    everything = rows(page).count()
    remember(page)
    page.select_option("#filter_status", "DEACTIVATED")
    expect(page.locator(".filter-chip")).to_contain_text("Suspended")
    assert was_swapped(page)
    assert "status=DEACTIVATED" in page.url
    assert "page_size=250" in page.url
    wanted = portal.enterprises["main"].sims.filter(status="DEACTIVATED").count()
    assert 0 < wanted < everything
    expect(rows(page)).to_have_count(wanted)
    page.go_back()
    expect(rows(page)).to_have_count(everything)
    expect(page.locator("#filter_status")).to_have_value("")
    assert "status" not in page.url


@pytest.mark.parametrize(
    ("field", "column"),
    [("account", "account__name"), ("package", "package_name"), ("apn_state", "apn_state")],
)
def test_filters_show_exactly_the_rows_they_name(
    field: str, column: str, portal: World, visit: Visit
) -> None:
    page = visit("viewer")
    page.goto("/sims/?page_size=250")
    sims = portal.enterprises["main"].sims
    value = sims.exclude(**{column: None}).values_list(column, flat=True)[0]
    page.select_option(f"#filter_{field}", value)
    page.wait_for_url(f"**{field}=*")
    expect(rows(page)).to_have_count(sims.filter(**{column: value}).count())
    page.locator(".filter-chip-remove").click()
    expect(rows(page)).to_have_count(sims.count())


def test_typing_into_the_list_search_keeps_the_cursor_while_the_list_is_swapped(
    portal: World, visit: Visit
) -> None:
    imsi = str(portal.main_sim(status="ACTIVATED").imsi)
    page = visit("operator")
    page.goto("/sims/")
    box = page.locator("#list_search")
    box.press_sequentially(imsi[:6], delay=20)
    page.wait_for_url(f"**q={imsi[:6]}*")
    page.keyboard.type(imsi[6:], delay=20)
    expect(rows(page)).to_have_count(1)
    expect(box).to_have_value(imsi)
    expect(box).to_be_focused()


def test_a_heading_sorts_in_both_directions(portal: World, visit: Visit) -> None:
    page = visit("operator")
    page.goto("/sims/?page_size=250")
    remember(page)
    heading = page.get_by_role("columnheader", name="IMSI")
    imsis = list(portal.enterprises["main"].sims.values_list("imsi", flat=True))
    for order, wanted in (("ascending", sorted(imsis)), ("descending", sorted(imsis, reverse=True))):
        heading.get_by_role("link").click()
        expect(heading).to_have_attribute("aria-sort", order)
        assert page.locator("td[data-label=IMSI]").all_text_contents() == wanted
    assert was_swapped(page)
    assert "sort=-imsi" in page.url


def test_pages_and_their_size_can_be_chosen(visit: Visit) -> None:
    page = visit("operator")
    page.goto("/sims/")
    page.locator("summary", has_text="Layout").click()
    page.select_option("#layout_size", "25")
    page.get_by_role("button", name="Keep this layout").click()
    expect(rows(page)).to_have_count(25)
    first = rows(page).first.get_by_role("link").text_content()
    page.get_by_role("link", name="Next page").click()
    page.wait_for_url("**page=2*")
    expect(page.locator(".pages-range")).to_contain_text("26–50")
    assert rows(page).first.get_by_role("link").text_content() != first


def test_a_lost_connection_is_told(visit: Visit, watch: Watch) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED")
    watch.allow("htmx:")
    page = visit("operator")
    page.goto("/sims/")
    page.context.set_offline(True)
    page.select_option("#filter_status", "RETIRED")
    expect(page.locator("#toasts")).to_contain_text("The portal cannot be reached.")


def test_choosing_a_layout_does_not_filter_the_list(visit: Visit) -> None:
    page = visit("operator")
    page.goto("/sims/")
    page.locator("summary", has_text="Layout").click()
    page.evaluate("document.getElementById('sims').dataset.mark = 'same'")
    page.select_option("#layout_size", "25")
    page.select_option("#layout_density", "compact")
    page.wait_for_timeout(500)  # a swap would have come by now
    assert page.evaluate("document.getElementById('sims').dataset.mark") == "same"
    assert page.get_by_role("button", name="Keep this layout").is_visible()
