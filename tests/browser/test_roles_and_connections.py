"""What a role does not have it does not see; testing and editing a connection."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.watch import Watch
from tests.browser.world import World
from tests.factories import PUSH_KEY


def test_a_viewer_sees_no_button_that_calls_smarthub(portal: World, visit: Visit) -> None:
    page = visit("viewer")
    page.goto(f"/sims/{portal.main_sim().giccid}/")
    expect(page.locator(".sim-head")).to_be_visible()
    expect(page.get_by_role("button", name="Refresh now")).to_have_count(0)
    page.goto("/")
    expect(page.get_by_role("button", name="Sync now")).to_have_count(0)
    page.goto(f"/enterprise/{portal.enterprises['main'].pk}/")
    expect(page.get_by_role("button", name="Test connection")).to_have_count(0)
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)


def test_an_administrator_tests_the_connection_and_sees_the_outcome(portal: World, visit: Visit) -> None:
    page = visit("admin")
    page.goto(f"/enterprise/{portal.enterprises['main'].pk}/")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("#toasts [data-level=success]")).to_contain_text("SmartHub answered as")
    expect(page.locator("dl.facts")).to_contain_text("passed")


def test_a_connection_that_fails_its_test_says_why(portal: World, visit: Visit) -> None:
    page = visit("admin")
    page.goto(f"/enterprise/{portal.enterprises['refused'].pk}/")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("#toasts [data-level=error]")).to_contain_text("does not accept the API key")


def test_the_form_never_shows_a_key_and_keeps_it_when_left_empty(portal: World, visit: Visit) -> None:
    main = portal.enterprises["main"]
    page = visit("admin")
    page.goto(f"/enterprise/{main.pk}/edit/")
    for label in ("API key", "Push key"):
        field = page.get_by_label(label)
        expect(field).to_have_value("")
        expect(field).to_have_attribute("type", "password")
    source = page.content()
    assert portal.sandbox.api_key not in source
    assert PUSH_KEY not in source
    page.get_by_role("button", name="Save connection").click()
    expect(page.locator("#toasts")).to_contain_text("The connection is saved.")
    main.refresh_from_db()
    assert main.reveal("api_key") == portal.sandbox.api_key


def test_a_form_with_a_mistake_names_it_beside_the_field(visit: Visit, watch: Watch) -> None:
    watch.allow("status of 422")
    page = visit("admin")
    page.goto("/enterprise/new/")
    page.get_by_label("Name").fill("Somewhere")
    page.get_by_label("Base URL").fill("ftp://somewhere")
    page.get_by_label("API key").fill("a-key")
    page.get_by_role("button", name="Save connection").click()
    expect(page.get_by_label("Base URL")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".errorlist")).to_have_count(1)


def test_pages_that_are_not_there_or_not_theirs_are_designed(visit: Visit, watch: Watch) -> None:
    watch.allow("status of 404")
    watch.allow("status of 403")
    page = visit("viewer")
    page.goto("/nothing/of/that/name/")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    page.goto("/enterprise/new/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not do that")
    page.get_by_role("link", name="Go to the overview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
