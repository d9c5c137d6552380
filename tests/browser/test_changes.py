"""A change from the SIM page to its outcome: in the sheet by keyboard, on plain pages, clicked twice.

The worker's part is played by the test itself, against the real sandbox, while the page asks for news.
"""

import time

from django.utils import timezone
from playwright.sync_api import Page, expect

from commands import execute, job_polls, running, settle, wanted
from commands.models import Command, Plan
from commands.states import TERMINAL
from sims.models import Sim
from tests.browser.conftest import Visit
from tests.browser.world import World

SECONDS = 20
WORK = {"dispatch": execute.dispatch, "settle": settle.settle, "poll": job_polls.poll}


def fresh(portal: World, status: str, number: int = 0) -> Sim:
    """A SIM no command was ever made for."""
    used = Command.objects.values("giccid")
    sims = portal.enterprises["main"].sims.filter(status=status).exclude(giccid__in=used).order_by("-giccid")
    return sims[number]


def work(sim: Sim) -> Command:
    """What beat and workers do, until the SIM's command has its outcome."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        now = timezone.now()
        for uid in wanted.due_plans(now):
            running.advance(uid, now)
        for name, enterprise_id in wanted.due_work(now):
            WORK[name](enterprise_id)
        order = Command.objects.get(giccid=sim.giccid)
        if order.state in TERMINAL:
            return order
        time.sleep(0.1)
    raise AssertionError(f"still {order.state} after {SECONDS} seconds")


def into_sheet(page: Page, sim: Sim, entry: str) -> None:
    page.goto(f"/sims/{sim.giccid}/")
    page.locator("#manage_menu").click()
    page.get_by_role("link", name=entry).click()
    expect(page.locator("#sheet")).to_be_visible()


def test_a_sim_is_activated_with_keys_alone_and_seen_to_be_so(portal: World, visit: Visit) -> None:
    portal.sandbox.settings(activation_delay_s=0)
    sim, page = fresh(portal, "INVENTORY"), visit("operator")
    page.goto(f"/sims/{sim.giccid}/")
    page.locator("#manage_menu").focus()
    for key in ("Enter", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#sheet")).to_be_visible()
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("New vehicle")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet #plan_title")).to_have_text("Activate 1 SIM")
    expect(page.locator("#sheet #plan_title")).to_be_focused()
    go = page.locator("#sheet .plan-go")
    for _step in range(40):
        if go.evaluate("(button) => button === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet .plan-go")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#manage_menu")).to_be_focused()
    expect(page.locator("#in_flight")).to_contain_text("Activate")
    order = work(sim)
    assert (order.state, order.plan.reason) == ("applied", "New vehicle")
    expect(page.locator(".sim-head .pill")).to_have_text("Activated")
    expect(page.locator("#in_flight")).to_contain_text("Applied")
    assert "every" not in str(page.locator("#in_flight").get_attribute("hx-trigger"))


def test_a_sim_is_suspended_without_scripts(portal: World, visit: Visit) -> None:
    sim, page = fresh(portal, "ACTIVATED"), visit("operator", scripts=False)
    page.goto(f"/sims/{sim.giccid}/")
    page.locator("#manage_menu").click()
    page.get_by_role("link", name="Suspend").click()
    page.get_by_label("Reason").fill("Lost")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.locator("#plan_title")).to_have_text("Suspend 1 SIM")
    for tick in page.locator("#plan .plan-execute input[type=checkbox]").all():
        tick.check()
    page.locator(".plan-go").click()
    assert work(sim).state == "applied"
    page.goto(f"/sims/{sim.giccid}/commands/")
    expect(page.locator("[data-rows] > tr")).to_have_count(1)
    expect(page.locator("[data-rows]")).to_contain_text("Applied")


def test_a_double_click_on_either_button_is_one_command(portal: World, visit: Visit) -> None:
    sim, page = fresh(portal, "ACTIVATED", 1), visit("operator", width=360)
    into_sheet(page, sim, "Edit custom fields")
    page.get_by_label("Custom field 1", exact=False).first.fill("仓库")
    page.get_by_role("button", name="Show the plan").dblclick()
    expect(page.locator("#sheet #plan_title")).to_be_visible()
    page.locator("#sheet .plan-go").dblclick()
    expect(page.locator("#sheet .plan-go")).to_have_count(0)
    assert work(sim).state == "applied"
    assert Plan.objects.filter(source={"giccids": [sim.giccid]}).count() == 1
    assert Command.objects.filter(giccid=sim.giccid).count() == 1


def test_a_complaint_of_the_form_stays_in_the_sheet(portal: World, visit: Visit) -> None:
    sim, page = fresh(portal, "ACTIVATED", 2), visit("operator")
    into_sheet(page, sim, "Edit custom fields")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.locator("#sheet")).to_contain_text("Fill in at least one of the five fields.")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#sheet")).to_be_hidden()
    assert not Plan.objects.filter(source={"giccids": [sim.giccid]}).exists()
