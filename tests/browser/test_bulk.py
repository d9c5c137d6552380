"""The bar above the list: ticking with mouse, touch and keys, selecting all that match, with and without scripts."""

import io

import openpyxl
from django.utils import timezone
from playwright.sync_api import expect

from sims import xlsx_export
from sims.models import Export, Selection, SimTag
from tests.browser.conftest import Visit
from tests.browser.world import World


def test_the_bar_counts_what_is_ticked_and_names_the_price(visit: Visit) -> None:
    page = visit("operator")
    page.goto("/sims/?page_size=250")
    bar = page.locator("#bulk_form")
    expect(bar.get_by_role("button", name="Refresh from SmartHub")).to_be_disabled()
    expect(bar.get_by_role("button", name="Keep ticked as selection")).to_be_disabled()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar.locator(".bulk-count")).to_have_text("1 ticked")
    expect(bar.get_by_role("button", name="Refresh 1 SIM (1 call)")).to_be_enabled()
    page.get_by_label("Tick all on this page").check()
    total = page.locator(".row-select").count()
    expect(bar.locator(".bulk-count")).to_have_text(f"{total} ticked")
    expect(bar.get_by_role("button", name=f"Refresh {total} SIMs (2 calls)")).to_be_enabled()
    page.locator(".row-select").first.uncheck()
    assert page.get_by_label("Tick all on this page").evaluate("(box) => box.indeterminate")
    page.select_option("#filter_status", "RETIRED")
    page.wait_for_url("**status=RETIRED*")
    expect(page.locator(".bulk-count")).to_contain_text("on this page")
    expect(page.get_by_role("button", name="Keep ticked as selection")).to_be_disabled()


def test_all_that_match_are_selected_tagged_and_shown(portal: World, visit: Visit) -> None:
    page = visit("operator")
    page.goto("/sims/?status=RETIRED")
    wanted = portal.enterprises["main"].sims.filter(status="RETIRED").count()
    page.locator("#bulk_form").get_by_role("button", name="that match").click()
    page.wait_for_url("**/sims/?selection=*")
    expect(page.locator(".filter-chip")).to_contain_text(f"{wanted} SIM")
    expect(page.locator("[data-rows] > tr")).to_have_count(wanted)
    page.locator("#bulk_form summary", has_text="Tag").click()
    page.locator("#bulk_tag").fill("From the bar")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text(f"{wanted} SIM")
    assert SimTag.objects.filter(tag__name="From the bar").count() == wanted
    SimTag.objects.filter(tag__name="From the bar").delete()


def test_a_spreadsheet_is_followed_to_its_download(portal: World, visit: Visit) -> None:
    page = visit("operator", width=360)
    page.goto("/sims/?status=RETIRED")
    page.locator(".row-select").first.check()
    page.get_by_role("button", name="Excel of 1").click()
    page.wait_for_url("**/sims/exports/*/")
    export = Export.objects.filter(owner=portal.people["operator"], state="queued").latest("created_at")
    xlsx_export.run(export.pk, timezone.now())
    expect(page.locator("#toasts")).to_contain_text("The spreadsheet is ready.")
    with page.expect_download() as found:
        page.get_by_role("link", name="Download").click()
    sheet = openpyxl.load_workbook(io.BytesIO(found.value.path().read_bytes())).worksheets[0]
    assert sheet.max_row == 2


def test_everything_works_without_scripts(portal: World, visit: Visit) -> None:
    page = visit("viewer", scripts=False)
    page.goto("/sims/?page_size=25")
    page.locator(".row-select").nth(0).check()
    page.locator(".row-select").nth(2).check()
    page.get_by_role("button", name="Keep ticked as selection").click()
    expect(page.locator("[data-rows] > tr")).to_have_count(2)
    assert Selection.objects.filter(owner=portal.people["viewer"]).latest("created_at").total == 2
    with page.expect_download() as found:
        page.get_by_role("button", name="CSV").click()
    assert len(found.value.path().read_text("utf-8-sig").splitlines()) == 3


def test_a_pasted_list_shows_what_was_left_out(portal: World, visit: Visit) -> None:
    page = visit("operator")
    page.goto("/sims/selections/new/")
    page.get_by_label("ICCIDs").fill(f"{portal.main_sim().giccid}\nnonsense")
    page.get_by_role("button", name="Make a selection").click()
    page.wait_for_url("**/sims/selections/*-*/")
    expect(page.locator("#selection")).to_contain_text("1 line was left out")
    page.get_by_role("link", name="Show in the list").click()
    expect(page.locator("[data-rows] > tr")).to_have_count(1)
