"""Whole changes through the browser, from the list to SmartHub: what people see agrees with what the platform did.

A fleet of its own, large enough to be changed by the hundred, and a worker beside the web server.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from commands.models import Command, Group, Plan, State
from enterprise import accounts, packages
from enterprise.models import Enterprise
from mirror import runs
from mirror.models import SyncRun
from sims.models import Sim, SimTag, Tag
from tests.browser import database
from tests.browser.conftest import Visit
from tests.browser.world import World
from tests.support import changes
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import sweep

SIMS = 5000
PATIENCE_MS = 60_000


@dataclass
class Fleet:
    enterprise: Enterprise
    sandbox: SandboxProcess

    def effects(self, operation: str) -> list[str]:
        """ICCIDs of the ledger's effects, in order."""
        ledger = self.sandbox.ledger()
        return sorted(row["giccid"] for row in ledger if row["operation"] == operation)


@pytest.fixture
def fleet(portal: World) -> Iterator[Fleet]:
    with SandboxProcess(sims=SIMS, seed=7) as sandbox:
        sandbox.settings(activation_delay_s=0.2, job_delay_s=0.4)
        enterprise = Enterprise(name="Large fleet", base_url=sandbox.base_url, is_sandbox=True)
        enterprise.set_secret("api_key", sandbox.api_key)
        enterprise.save()
        portal.enterprises["large"] = enterprise
        for module in (accounts, packages):
            run = SyncRun.objects.create(enterprise=enterprise, job=module.JOB_NAME, slot="once")
            module.advance(runs.claim(run.pk, run.run_at))
        sweep(enterprise)
        with changes.worker(database.url_of(portal.database)):
            yield Fleet(enterprise, sandbox)
        enterprise.delete()


def the_plan(kind: str) -> Plan:
    return Plan.objects.filter(kind=kind, enterprise__name="Large fleet", parent=None).latest("created_at")


def completed(page: Page) -> None:
    expect(page.locator("main")).to_contain_text("Completed", timeout=PATIENCE_MS)


def test_changes_of_hundreds_end_as_the_ledger_says(fleet: Fleet, visit: Visit) -> None:
    """One test with many steps: they share a fleet that takes seconds to read."""
    suspend_312_filtered_sims_with_approval(fleet, visit)
    change_a_package_for_1000_uploaded_iccids(fleet, visit)
    retire_with_cooling_off_and_cancel(fleet, visit)


def suspend_312_filtered_sims_with_approval(fleet: Fleet, visit: Visit) -> None:
    tag = Tag.objects.create(enterprise=fleet.enterprise, name="Depot")
    chosen = list(Sim.objects.filter(enterprise=fleet.enterprise, status="ACTIVATED")[:312])
    SimTag.objects.bulk_create(SimTag(sim=sim, tag=tag) for sim in chosen)
    page = visit("operator", "large")
    page.goto("/sims/?tag=Depot")
    page.locator("#bulk_form button[name=all]").click()
    page.wait_for_url("**selection=*")
    page.locator("#bulk_form summary", has_text="Change").click()
    page.locator("#bulk_form").get_by_role("button", name="Suspend").click()
    page.get_by_role("button", name="Show the plan").click()
    page.wait_for_url("**/commands/plans/*/")
    page.get_by_label("I have looked at the SIMs").check()
    page.get_by_label("Reason").fill("The depot closes")
    page.get_by_role("button", name="Ask for approval: Suspend 312 SIMs").click()
    expect(page.locator("main")).to_contain_text("Waits for a second person")
    assert not Command.objects.filter(plan=the_plan("suspend")).exclude(state=State.PLANNED).exists()

    other = visit("approver", "large")
    other.goto("/commands/approvals/")
    other.get_by_role("link", name="Suspend 312 SIMs").first.click()
    other.get_by_role("button", name="Approve: Suspend 312 SIMs").click()
    completed(page)
    states = set(Command.objects.filter(plan=the_plan("suspend")).values_list("state", flat=True))
    assert states == {State.APPLIED}
    assert fleet.effects("batch_suspend") == sorted(sim.giccid for sim in chosen)


def change_a_package_for_1000_uploaded_iccids(fleet: Fleet, visit: Visit) -> None:
    mine = Sim.objects.filter(enterprise=fleet.enterprise, account__name="华东智能电表")
    target = "Monthly-Basic-2G"
    good = list(mine.exclude(status="RETIRED").values_list("giccid", flat=True)[:950])
    there = mine.filter(giccid__in=good, package_name=target).count()
    retired = Sim.objects.filter(enterprise=fleet.enterprise, status="RETIRED")
    bad = list(retired.values_list("giccid", flat=True)[:40])
    strange = [f"7777{n:015d}" for n in range(10)]
    lines = "\n".join(["ICCID", *good, *bad, *strange])

    page = visit("operator", "large")
    page.goto("/sims/selections/new/")
    page.locator("input[type=file]").set_input_files(
        {"name": "depot.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    )
    page.get_by_role("button", name="Make a selection").click()
    page.wait_for_url("**/sims/selections/*-*/")
    page.locator("summary", has_text="Change these SIMs").click()
    page.get_by_role("button", name="Change rate plan").or_(
        page.get_by_role("link", name="Change rate plan")
    ).first.click()
    page.get_by_label("Rate plan").select_option(target)
    page.get_by_role("button", name="Show the plan").click()
    page.wait_for_url("**/commands/plans/*/")
    plan = the_plan("basic_plan")
    assert plan.groups == {
        Group.CHANGE: 950 - there,
        Group.ALREADY: there,
        Group.NOT_ALLOWED: 40,
        Group.UNKNOWN: 10,
    }
    page.get_by_label("I have looked at the SIMs").check()
    page.get_by_label("Reason").fill("The depot closes")
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.locator("main")).to_contain_text("Waits for a second person")
    other = visit("approver", "large")
    other.goto(f"/commands/plans/{plan.pk}/")
    other.get_by_role("button", name="Approve").click()
    completed(page)
    fates = Command.objects.filter(plan=plan)
    assert fates.count() == 1000
    applied = sorted(fates.filter(state=State.APPLIED).values_list("giccid", flat=True))
    assert len(applied) == 950 - there
    assert fleet.effects("batch_basic_plan") == applied
    with page.expect_download() as found:
        page.get_by_role("link", name="All SIMs as CSV").click()
    rows = found.value.path().read_text("utf-8-sig").splitlines()
    assert len(rows) == 1001
    assert {giccid for giccid in strange if any(giccid in row for row in rows)} == set(strange)


def retire_with_cooling_off_and_cancel(fleet: Fleet, visit: Visit) -> None:
    sim = Sim.objects.filter(enterprise=fleet.enterprise, status="ACTIVATED").exclude(tags__name="Depot")[0]
    page = visit("operator", "large")
    page.goto(f"/sims/{sim.giccid}/manage/retire/")
    page.get_by_label("Cooling-off (hours)").fill("24")
    page.get_by_role("button", name="Show the plan").click()
    page.wait_for_url("**/commands/plans/*/")
    plan = the_plan("retire")
    page.get_by_label("I have looked at the SIMs").check()
    page.locator("input[name=typed]").fill("1")
    page.get_by_label("Reason").fill("The depot closes")
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.locator("main")).to_contain_text("Waits for a second person")
    other = visit("approver", "large")
    other.goto(f"/commands/plans/{plan.pk}/")
    other.get_by_role("button", name="Approve").click()
    expect(other.locator("main")).to_contain_text("Scheduled")
    child = plan.children.get()
    page.goto(f"/commands/plans/{child.pk}/")
    completed(page)
    assert fleet.effects("suspend") == [sim.giccid]
    page.goto(f"/commands/plans/{plan.pk}/")
    page.get_by_role("button", name="Cancel").first.click()
    expect(page.locator("main")).to_contain_text("Cancelled")
    plan.refresh_from_db()
    assert plan.state == Plan.State.CANCELLED
    assert [command.state for command in plan.commands.all()] == [State.CANCELLED]
    assert fleet.effects("retire") == fleet.effects("batch_retire") == []
