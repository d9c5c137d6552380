"""Watching a sweep: the page follows it by itself and stops asking when it has ended."""

from django.utils import timezone
from playwright.sync_api import expect

from mirror import runs
from mirror.models import SyncRun
from sims import sweep
from tests.browser.conftest import Visit
from tests.browser.world import SANDBOX_SIMS, World

POLL_MS = 2000


def step(run: SyncRun) -> SyncRun:
    """A worker's shortest piece of work: one page of the platform's list."""
    held = runs.claim(run.pk, timezone.now())
    assert held is not None
    sweep.advance(held, seconds=0)
    return SyncRun.objects.get(pk=run.pk)


def test_a_run_started_by_hand_is_followed_to_its_end(portal: World, visit: Visit) -> None:
    page = visit("operator")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/enterprise/sync/")
    page.get_by_role("button", name="Sync now").click()
    page.wait_for_url("**/enterprise/sync/*/")
    expect(page.locator("#toasts")).to_contain_text("The sweep has been started.")
    run = portal.enterprises["main"].sync_runs.latest("pk")
    assert run.requested_by == portal.people["operator"]
    run = step(run)
    assert 0 < run.seen < SANDBOX_SIMS
    expect(page.locator(".progress-figures")).to_contain_text(f"{run.seen} of {SANDBOX_SIMS}")
    while run.is_open:
        run = step(run)
    expect(page.locator("#figures_title + .state")).to_have_text("Completed")
    assert page.locator("#run").get_attribute("hx-get") is None
    asked.clear()
    page.wait_for_timeout(POLL_MS + 500)
    assert [url for url in asked if url.endswith(f"/sync/{run.pk}/")] == []


def test_the_chip_of_another_page_tells_that_a_sync_waits(visit: Visit) -> None:
    page = visit("viewer", "down")
    page.goto("/")
    expect(page.locator("#sync_chip")).to_contain_text("sync waits")
