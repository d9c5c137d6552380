"""The list of alerts: it grows while it is open, and is worked through with keys."""

from playwright.sync_api import expect

from tests.alert_factories import alert_about, rule_for
from tests.browser.conftest import Visit
from tests.browser.world import World

PATIENCE_MS = 30_000


def test_a_new_alert_appears_by_itself_and_is_acknowledged_with_keys(portal: World, visit: Visit) -> None:
    main, page = portal.enterprises["main"], visit("operator")
    page.goto("/notifications/")
    alert = alert_about(main.sims.earliest("pk"), rule=rule_for(main, name="Lifts once more"))
    line = page.locator(f"#alert-{alert.pk}")
    expect(line).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#announcer")).to_contain_text("Notification: 1 SIM became")
    for _line in range(page.locator("#alert_rows > li").count()):
        page.keyboard.press("j")
        if line.evaluate("(line) => line === document.activeElement"):
            break
    page.keyboard.press("x")
    expect(page.locator(".bulk-count")).to_have_text("1 ticked")
    page.get_by_role("button", name="Acknowledge", exact=True).first.click()
    expect(page.locator(".toast-text")).to_have_text("1 notification acknowledged.")
    expect(line).to_contain_text("Acknowledged")
    expect(line).to_contain_text("Mine")


def test_an_alert_is_resolved_on_its_page_without_scripts(portal: World, visit: Visit) -> None:
    main, page = portal.enterprises["main"], visit("operator", scripts=False)
    alert = alert_about(main.sims.earliest("pk"), rule=rule_for(main, name="Lifts without scripts"))
    page.goto(f"/notifications/{alert.pk}/")
    page.get_by_label("A note for the others").fill("The carrier mended it")
    page.get_by_role("button", name="Resolve with this note").click()
    expect(page.locator("#alert_trail")).to_contain_text("The carrier mended it")
    page.goto("/notifications/?tab=resolved")
    expect(page.locator(f"#alert-{alert.pk}")).to_contain_text("Resolved")
