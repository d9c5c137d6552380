"""A template to 500 SIMs in a browser: each one's fate stands on screen, and the platform's ledger agrees one to one.

A fleet of its own and a worker beside the web server. Twenty of the SIMs sleep, five lack the tag that the text names.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from commands.models import Command, Plan, State
from enterprise.models import Enterprise
from messaging import reports
from messaging.models import Message, Template
from messaging.states import NEVER
from sims.models import Sim, SimTag, Tag
from tests.browser import database
from tests.browser.conftest import Visit
from tests.browser.watch import Watch
from tests.browser.world import World
from tests.support import changes
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import sweep

PATIENCE_MS = 120_000
NAME, ALL, ASLEEP, UNTAGGED = "Large fleet for SMS", 500, 20, 5
SENT = ALL - ASLEEP - UNTAGGED
TEXT = "Site {tag.site}: restart SIM {iccid} tonight"


@dataclass
class Stage:
    enterprise: Enterprise
    sandbox: SandboxProcess


@pytest.fixture
def stage(portal: World) -> Iterator[Stage]:
    with SandboxProcess(sims=1200, seed=11) as sandbox:
        sandbox.settings(sms_delay_s=0.1)
        enterprise = Enterprise(name=NAME, base_url=sandbox.base_url, is_sandbox=True)
        enterprise.set_secret("api_key", sandbox.api_key)
        enterprise.save()
        sweep(enterprise)
        _tag(enterprise)
        with changes.worker(database.url_of(portal.database)):
            yield Stage(enterprise, sandbox)
        Message.objects.filter(enterprise=enterprise).delete()
        enterprise.delete()


def _tag(enterprise: Enterprise) -> None:
    own = Sim.objects.filter(enterprise=enterprise).order_by("giccid")
    awake = list(own.filter(status="ACTIVATED")[: ALL - ASLEEP])
    asleep = list(own.exclude(status="ACTIVATED")[:ASLEEP])
    assert (len(awake), len(asleep)) == (ALL - ASLEEP, ASLEEP)
    tags = {name: Tag.objects.create(enterprise=enterprise, name=name) for name in ("Depot", "site: Kiruna")}
    chosen = [(tags["Depot"], sim) for sim in awake + asleep]
    named = [(tags["site: Kiruna"], sim) for sim in awake[UNTAGGED:] + asleep]
    SimTag.objects.bulk_create(SimTag(tag=tag, sim=sim) for tag, sim in chosen + named)


def test_a_template_to_500_sims_of_which_20_sleep_and_5_lack_a_value(
    stage: Stage, visit: Visit, watch: Watch
) -> None:
    watch.allow("status of 422")  # a misspelt variable
    page = visit("operator", NAME_OF_WORLD)
    write_a_template(page)
    plan = choose_and_plan(page)
    on_screen(page, plan)
    ask_and_approve(page, visit, plan)
    expect(page.locator("#plan_status")).to_contain_text("Completed", timeout=PATIENCE_MS)
    the_ledger_agrees(stage, plan)
    every_report_comes(page, stage, plan)


NAME_OF_WORLD = "sms"


@pytest.fixture(autouse=True)
def _known_to_the_world(portal: World, stage: Stage) -> Iterator[None]:
    portal.enterprises[NAME_OF_WORLD] = stage.enterprise
    yield
    del portal.enterprises[NAME_OF_WORLD]


def write_a_template(page: Page) -> None:
    page.goto("/messages/templates/new/")
    page.get_by_label("Name").fill("Restart tonight")
    page.locator("#id_text").fill("Site {tag.sight")
    page.locator("#id_text").fill(TEXT.replace("iccid", "icid"))
    page.get_by_role("button", name="Save template").click()
    expect(page.locator("main")).to_contain_text("There is no {icid}. Known are iccid")
    page.locator("#id_text").fill(TEXT)
    page.get_by_role("button", name="Save template").click()
    expect(page.locator("main")).to_contain_text("The template is saved")
    assert Template.objects.get(enterprise__name=NAME).text == TEXT


def choose_and_plan(page: Page) -> Plan:
    page.goto("/sims/?tag=Depot")
    page.locator("#bulk_form").get_by_role("button", name="Send SMS").click()
    page.wait_for_url("**/messages/bulk/*/")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Send SMS to {ALL} SIMs")
    page.get_by_label("Template").select_option(label="Restart tonight")
    expect(page.locator("#id_text")).to_have_value(TEXT)
    expect(page.locator("#samples")).to_contain_text("A value its text needs is missing: tag.site")
    page.get_by_role("button", name="Show the plan").click()
    page.wait_for_url("**/commands/plans/*/")
    return Plan.objects.get(kind="sms", enterprise__name=NAME)


def on_screen(page: Page, plan: Plan) -> None:
    """475 will be sent, 20 are not activated, 5 miss a value: as figures, and line by line."""
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Send {SENT} SMS")
    expect(page.locator("#group_change")).to_contain_text(f"{SENT}")
    expect(page.locator("#group_not_allowed")).to_contain_text(f"{ASLEEP + UNTAGGED}")
    for words, count in (
        ("Only an activated SIM takes messages", ASLEEP),
        ("A value its text needs is missing: tag.site", UNTAGGED),
    ):
        chip = page.locator("#plan_rows .plan-states a", has_text=words)
        expect(chip).to_have_text(re.compile(rf"{re.escape(words)}\s+{count}"))
        chip.click()
        expect(page.locator("#plan_rows tbody tr")).to_have_count(count)
        page.locator("#plan_rows .plan-states a", has_text=words).click()
        expect(page.locator("#plan_rows tbody tr")).to_have_count(50)
    line = Command.objects.filter(plan=plan, state=State.PLANNED).earliest("giccid")
    shown = page.locator("#plan_rows tr", has_text=line.giccid)
    expect(shown).to_contain_text(f"Site Kiruna: restart SIM {line.giccid} tonight")
    expect(shown).to_contain_text("GSM-7 · 1 part")


def ask_and_approve(page: Page, visit: Visit, plan: Plan) -> None:
    page.get_by_label("I have looked at the SIMs").check()
    page.get_by_label("Reason", exact=True).fill("The pumps hang")
    page.get_by_role("button", name=f"Ask for approval: Send {SENT} SMS").click()
    expect(page.locator("main")).to_contain_text("Waits for a second person")
    other = visit("approver", NAME_OF_WORLD)
    other.goto(f"/commands/plans/{plan.pk}/")
    other.get_by_role("button", name=f"Approve: Send {SENT} SMS").click()
    other.close()


def the_ledger_agrees(stage: Stage, plan: Plan) -> None:
    """Same SIMs, same texts, each once."""
    rows = Command.objects.filter(plan=plan)
    assert Counter(rows.values_list("state", flat=True)) == {State.APPLIED: SENT, State.SKIPPED: ALL - SENT}
    ours = Counter((m.giccid, m.text, m.remote_id) for m in Message.objects.filter(plan_id=plan.pk))
    effects = [row for row in stage.sandbox.ledger() if row["operation"] == "send_sms"]
    theirs = Counter((row["giccid"], *said(row)) for row in effects)
    assert ours == theirs
    assert set(ours.values()) == {1}
    assert len(ours) == SENT


def said(effect: dict[str, object]) -> tuple[str, str]:
    detail = effect["detail"]
    assert isinstance(detail, dict)
    return str(detail["messageText"]), str(detail["smsMsgId"])


def every_report_comes(page: Page, stage: Stage, plan: Plan) -> None:
    """The funnel follows without a reload, and ends as the sandbox decided."""
    own = Message.objects.filter(plan_id=plan.pk)
    deadline = time.monotonic() + 120
    while own.filter(state="accepted").exists() and time.monotonic() < deadline:
        own.filter(state="accepted").exclude(run_at=NEVER).update(run_at=timezone.now())
        reports.work(stage.enterprise.pk)
    counts = Counter(own.values_list("state", flat=True))
    assert set(counts) == {"delivered", "failed"}
    for state, count in counts.items():
        row = page.locator("#plan_status li", has=page.locator(f"#funnel_{state}"))
        expect(row.locator("b")).to_have_text(str(count), timeout=PATIENCE_MS)
    expect(page.locator("#plan_status")).not_to_contain_text("Accepted, awaiting report")
