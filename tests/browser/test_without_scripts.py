"""Everything but charts works without JavaScript: plain links and forms."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_sims import rows
from tests.browser.world import World
from tests.factories import PASSWORD


def test_a_person_signs_in_searches_and_opens_a_sim(portal: World, visit: Visit) -> None:
    sim = portal.main_sim(status="RETIRED")
    page = visit(None, scripts=False)
    page.goto("/sims/")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SIMs")
    page.get_by_role("searchbox", name="Search SIMs").fill(str(sim.msisdn))
    page.keyboard.press("Enter")
    rows(page).get_by_role("link", name=sim.giccid).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(sim.giccid)


def test_a_wrong_password_is_refused_in_words(visit: Visit) -> None:
    page = visit(None, scripts=False)
    page.goto("/")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("main")).to_contain_text("not correct")


def test_the_list_is_filtered_and_paged(portal: World, visit: Visit) -> None:
    page = visit("viewer", scripts=False)
    page.goto("/sims/")
    page.locator("summary", has_text="Layout").click()
    page.select_option("#layout_size", "25")
    page.get_by_role("button", name="Keep this layout").click()
    page.select_option("#filter_status", "ACTIVATED")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".filter-chip")).to_contain_text("Activated")
    assert portal.enterprises["main"].sims.filter(status="ACTIVATED").count() > 50
    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".pages-range")).to_contain_text("26–50")
    assert set(page.locator("td[data-label=Status]").all_inner_texts()) == {"Activated"}
    page.locator("summary", has_text="Layout").click()
    page.select_option("#layout_size", "50")
    page.get_by_role("button", name="Keep this layout").click()
    expect(rows(page)).to_have_count(50)


def test_a_sim_is_refreshed(portal: World, visit: Visit) -> None:
    sim = portal.main_sim(status="TEST_READY")
    portal.sandbox.set_sim(sim.giccid, imei="358888888888888")
    page = visit("operator", scripts=False)
    page.goto(f"/sims/{sim.giccid}/")
    page.get_by_role("button", name="Refresh now").click()
    expect(page.locator("#toasts")).to_contain_text("Read from SmartHub just now.")
    expect(page.locator("#sim")).to_contain_text("358888888888888")
