"""Every page, in both themes, wide and narrow: axe finds nothing, nothing is refused, nothing scrolls sideways."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.pages import NOT_PAGES, PAGES
from tests.browser.watch import Watch, axe_findings, overhang
from tests.browser.world import World

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 780}


def routes(entries: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """Names of all routes but the administrator's own site, which is Django's."""
    for entry in entries:
        if isinstance(entry, URLPattern):
            yield f"{space}{entry.name}"
        elif entry.namespace != "admin":
            yield from routes(entry.url_patterns, f"{entry.namespace}:" if entry.namespace else space)


def test_every_route_is_looked_at_or_has_a_reason_not_to_be() -> None:
    looked_at = {look.route for look in PAGES.values()}
    assert set(routes(get_resolver().url_patterns)) == looked_at | set(NOT_PAGES)
    assert not looked_at & set(NOT_PAGES)


def painted(page: Page) -> None:
    """Even the shortest transition ends a frame later; until then axe would measure a mixture of both themes."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def findings(page: Page) -> dict[str, list[str]]:
    """All rules in the light; in the dark only what the dark can change."""
    found = {}
    for width, window in (("wide", WIDE), ("narrow", NARROW)):
        page.set_viewport_size(window)
        page.emulate_media(color_scheme="light")
        painted(page)
        found[f"{width}, light"] = axe_findings(page)
        page.emulate_media(color_scheme="dark")
        painted(page)
        found[f"{width}, dark"] = axe_findings(page, only=["color-contrast"])
        found[f"{width}, pixels too wide"] = [str(overhang(page))] if overhang(page) > 0 else []
    return {where: what for where, what in found.items() if what}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    name: str, portal: World, visit: Visit, watch: Watch
) -> None:
    look = PAGES[name]
    if look.status >= 400:
        watch.allow(f"status of {look.status}")
    page = visit(look.person, look.enterprise)
    answer = page.goto(look.address(portal))
    assert answer is not None
    assert answer.status == look.status
    assert findings(page) == {}
