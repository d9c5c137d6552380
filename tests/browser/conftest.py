"""A real browser in front of the real server, the sandbox behind it, rows read by a real sweep.

`visit("operator")` opens a window: signed in, watched. In the end nothing may have been refused by the Content
Security Policy, and the console must be empty.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import database, server, world
from tests.browser.watch import Watch
from tests.support import template
from tests.support.sandbox import SandboxProcess

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
# Playwright's own list (a later one replaces it), less what only browsers of other makes know, and the last three: the
# popups of the address bar, two more pages to load for every window, though nobody sees an address bar here.
WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
LIMIT_MS = 20_000
Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


expect.set_options(timeout=LIMIT_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium. A developer without one skips these tests; CI must not."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = "Chromium is missing: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    # Playwright keeps an event loop in this thread; Django would refuse every query for the rest of the session.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return {
        **browser_type_launch_args,
        "executable_path": found,
        "args": [*ARGUMENTS, f"--disable-features={','.join(WITHOUT)}"],
    }


@pytest.fixture(scope="session")
def built_world(browser: Any, django_db_blocker: Any) -> Iterator[world.World]:
    """The browser is asked for first: without it nothing has to be built."""
    with (
        SandboxProcess(sims=world.SANDBOX_SIMS) as sandbox,
        django_db_blocker.unblock(),
        database.own_database(template.migrated()) as name,
    ):
        with database.switched_to(name):
            parts = world.build(sandbox)
        with server.portal(database.url_of(name)) as address:
            yield world.World(sandbox=sandbox, database=name, address=address, **parts)


@pytest.fixture
def portal(built_world: world.World, django_db_blocker: Any) -> Iterator[world.World]:
    """The world, with Django's own connection led to its database."""
    with django_db_blocker.unblock(), database.switched_to(built_world.database):
        yield built_world


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    assert watch.complaints == []


@pytest.fixture
def visit(portal: world.World, new_context: Callable[..., Any], watch: Watch) -> Visit:
    """`visit(person, enterprise, width=, theme=, language=, scripts=)`: a window of theirs; None: nobody's."""

    def opened(
        person: str | None = "operator",
        enterprise: str = "main",
        *,
        width: int = 1440,
        theme: str = "light",
        language: str = "en",
        scripts: bool = True,
    ) -> Page:
        context = new_context(
            base_url=portal.address,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            color_scheme=theme,
            reduced_motion="reduce",
            locale=language,
        )
        context.set_default_timeout(LIMIT_MS)
        context.add_cookies([{"name": "django_language", "value": language, "url": portal.address}])
        if person is not None:
            context.add_cookies(portal.cookies_of(person, enterprise))
        watch.attach(context, has_scripts=scripts)
        page: Page = context.new_page()
        return page

    return opened
