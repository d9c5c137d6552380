"""Keyboard, theme and language."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_sims import rows


def test_a_slash_leads_to_the_search_box(visit: Visit) -> None:
    page = visit("viewer")
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#search_box")).to_be_focused()
    expect(page.locator("#search_box")).to_have_value("")


def test_j_and_k_walk_the_rows_and_enter_opens_one(visit: Visit) -> None:
    page = visit("viewer")
    page.goto("/sims/")
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(rows(page).nth(row)).to_be_focused()
    giccid = rows(page).nth(1).get_by_role("link").text_content()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/sims/{giccid}/")


def test_a_question_mark_shows_the_keys(visit: Visit) -> None:
    page = visit("viewer")
    page.goto("/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Next and previous row")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_theme_stays_as_chosen(visit: Visit) -> None:
    page = visit("viewer", theme="light")
    page.goto("/")
    page.locator(".user-button").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    answer = page.goto("/sims/")
    assert answer is not None
    assert 'data-bs-theme="dark"' in answer.text()  # painted by the server: no flash of the other theme
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def test_the_language_stays_as_chosen(visit: Visit) -> None:
    page = visit("viewer")
    page.goto("/sims/?status=ACTIVATED")
    page.locator(".user-button").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SIM 卡")
    assert "status=ACTIVATED" in page.url
    expect(page.locator(".filter-chip")).to_contain_text("已激活")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.get_by_role("heading", level=1)).to_have_text("总览")
