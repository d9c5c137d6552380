"""Conversations that follow what happens, without a reload: sent, accepted, delivered; heard; left without an answer.

Real processes throughout: the sandbox takes the message and pushes, a worker does what beat and Celery would do.
"""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from enterprise.models import Enterprise
from messaging.models import Message, Thread
from notifications import addresses
from sims.models import Sim
from tests.browser import database
from tests.browser.conftest import Visit
from tests.browser.watch import Watch
from tests.browser.world import World
from tests.message_factories import MessageFactory, heard
from tests.support import texting

PATIENCE_MS = 60_000


@pytest.fixture
def main(portal: World) -> Iterator[Enterprise]:
    """Its platform pushes to the portal, and somebody sends, takes up and asks."""
    main = portal.enterprises["main"]
    main.set_secret("push_key", "push-key-of-this-test")
    main.save()
    made = addresses.ensure(main)
    urls = {kind: f"{portal.address}/push/{address.reveal()}/{kind}" for kind, address in made.items()}
    portal.sandbox.push_targets(urls, key="push-key-of-this-test")
    portal.sandbox.settings(sms_delay_s=4)
    with texting.worker(database.url_of(portal.database)):
        yield main
    portal.sandbox.settings(sms_delay_s=2)
    portal.sandbox.push_targets({})


@pytest.fixture
def phone(main: Enterprise) -> Iterator[Sim]:
    sim = main.sims.filter(status="ACTIVATED").order_by("giccid")[11]
    yield sim
    Message.objects.filter(giccid=sim.giccid).delete()


def stay(*pages: Page) -> None:
    for page in pages:
        page.evaluate("window.isTheSamePage = true")


def stayed(*pages: Page) -> bool:
    return all(page.evaluate("window.isTheSamePage") for page in pages)


def place_of(page: Page, text: str) -> float:
    """How far below the upper edge of what is scrolled a message stands, in pixels; it must be in sight."""
    line = page.locator("#sms_lines li", has_text=text)
    found = line.evaluate(
        "(line) => { const box = line.closest('.sms-scroll');"
        " return [line.getBoundingClientRect().top - box.getBoundingClientRect().top, box.clientHeight]; }"
    )
    assert 0 < found[0] < found[1]
    return float(found[0])


def test_a_message_is_followed_to_its_delivery(
    portal: World, main: Enterprise, phone: Sim, visit: Visit
) -> None:
    page, tab, listed = visit("operator"), visit("operator"), visit("viewer")
    before = max((row["seq"] for row in portal.sandbox.ledger()), default=0)
    page.goto(f"/messages/{phone.giccid}/")
    tab.goto(f"/sims/{phone.giccid}/messages/")
    listed.goto("/messages/")
    stay(page, tab, listed)
    page.get_by_label("Message", exact=True).fill("Reboot, please")
    expect(page.locator("#sms_counter")).to_contain_text("14 / 160")
    page.keyboard.press("Control+Enter")
    for each in (page, tab):
        said = each.locator("#sms_lines .sms-mt", has_text="Reboot, please")
        expect(said).to_contain_text("Accepted, awaiting report", timeout=PATIENCE_MS)
        expect(said).to_contain_text(portal.people["operator"].display_name)
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    for each in (page, tab):
        expect(each.locator("#sms_lines .sms-mt .sms-state")).to_have_text("Delivered", timeout=PATIENCE_MS)
    row = listed.locator(".sms-row", has_text=phone.giccid)
    expect(row.locator(".sms-glyph")).to_have_attribute("title", "Delivered", timeout=PATIENCE_MS)
    assert stayed(page, tab, listed)
    sent = [row for row in portal.sandbox.ledger(after=before) if row["operation"] == "send_sms"]
    assert [row["giccid"] for row in sent] == [phone.giccid]


def test_what_a_sim_sends_appears_in_the_same_thread_and_disturbs_nobody(
    portal: World, main: Enterprise, phone: Sim, visit: Visit
) -> None:
    for number in range(60):
        MessageFactory(sim=phone, text=f"Earlier {number}")
    page, tab, listed = visit("operator"), visit("viewer"), visit("viewer")
    page.goto(f"/messages/{phone.giccid}/")
    tab.goto(f"/sims/{phone.giccid}/messages/")
    listed.goto("/messages/")
    stay(page, tab, listed)
    field = page.get_by_label("Message", exact=True)
    field.fill("half a wo")
    tab.locator(".sms-scroll").evaluate("(box) => box.scrollTo(0, -300)")
    reading = place_of(tab, "Earlier 50")
    portal.sandbox.push("mo-sms", giccid=phone.giccid, count=1)
    for each in (page, tab):
        expect(each.locator("#sms_lines .sms-mo")).to_contain_text("unverified", timeout=PATIENCE_MS)
        expect(each.locator("#sms_lines > li").last).to_have_class("sms-said sms-mo")
    expect(listed.locator(".sms-row").first).to_contain_text(
        Message.objects.get(direction="mo", giccid=phone.giccid).text
    )
    expect(field).to_be_focused()
    expect(field).to_have_value("half a wo")
    assert place_of(tab, "Earlier 50") == pytest.approx(reading, abs=1)
    # The operator has it open: that is reading it. The viewer's list says so.
    expect(listed.locator(".sms-row-unread", has_text=phone.giccid)).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator("#sms_below")).to_contain_text("Mark as unread", timeout=PATIENCE_MS)
    assert Thread.objects.get(giccid=phone.giccid).unread == 0
    assert stayed(page, tab, listed)


def test_a_request_whose_worker_died_shows_as_unknown_by_itself(
    main: Enterprise, phone: Sim, visit: Visit
) -> None:
    page, listed = visit("operator"), visit("operator")
    MessageFactory(sim=phone, text="Reboot", state="sending", sent_at=timezone.now())
    page.goto(f"/messages/{phone.giccid}/")
    listed.goto("/messages/?show=unknown")
    stay(page, listed)
    expect(page.locator("#sms_lines .sms-state")).to_have_text("Outcome unknown", timeout=PATIENCE_MS)
    expect(page.locator("#sms_lines")).to_contain_text("The portal never sends it again by itself.")
    expect(listed.locator(".sms-row", has_text="Reboot")).to_have_count(1, timeout=PATIENCE_MS)
    assert stayed(page, listed)


def test_older_messages_come_on_click_above_those_that_are_read(
    main: Enterprise, phone: Sim, visit: Visit
) -> None:
    for number in range(100):
        heard(phone, f"No. {number}")
    page = visit("viewer")
    page.goto(f"/messages/{phone.giccid}/")
    texts = page.locator("#talk .sms-text")
    expect(texts).to_have_count(40)
    for count in (80, 100):
        page.get_by_role("link", name="Older messages").click()
        expect(texts).to_have_count(count)
    assert texts.all_inner_texts() == [f"No. {number}" for number in range(100)]
    expect(page.get_by_role("link", name="Older messages")).to_have_count(0)


def test_everything_works_without_scripts(main: Enterprise, phone: Sim, visit: Visit, watch: Watch) -> None:
    watch.allow("422")
    heard(phone, "Battery low")
    page = visit("operator", scripts=False)
    page.goto("/messages/")
    page.get_by_role("searchbox", name="Search messages").fill("battery")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("mark")).to_have_text("Battery")
    page.locator(".sms-row-link").click()
    page.get_by_role("button", name="Mark as read").click()
    expect(page.get_by_role("button", name="Mark as read")).to_have_count(0)
    page.get_by_label("Message", exact=True).fill("x" * 161)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#sms_compose")).to_contain_text("Too long by 1")
    page.get_by_label("Message", exact=True).fill("Change it, please")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#sms_lines")).to_contain_text("Change it, please")
    assert Message.objects.filter(giccid=phone.giccid, direction="mt").count() == 1
