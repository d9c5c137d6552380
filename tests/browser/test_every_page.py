"""Every page, in both themes, wide and narrow: axe finds nothing, nothing is refused, nothing scrolls sideways."""

from collections.abc import Callable, Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser, Page

from tests.browser.conftest import LIMIT_MS
from tests.browser.pages import NOT_PAGES, PAGES, Look
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


# Texts a window shows, kept under the window's name; and those one window shows and another does not.
_KEEP = """(name) => { (window.shown ??= {})[name] = [...document.body.querySelectorAll("*")].filter((it) =>
  it.checkVisibility() && [...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim())); }"""
_ONLY = "shown.{0}.filter((it) => !shown.{1}.includes(it))"


def painted(page: Page) -> None:
    """Even the shortest transition ends a frame later; until then axe would measure a mixture of both themes."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def turn(page: Page, window: dict[str, int], theme: str) -> None:
    page.set_viewport_size(window)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    painted(page)


def findings(page: Page) -> dict[str, list[str]]:
    """All rules wide in the light and narrow in the dark; then, in the other theme, the contrast of the texts that are
    shown by one of the two windows only. So every text is measured in both themes, and none twice in one.
    """
    found = {}
    for name, window, theme in (("wide", WIDE, "light"), ("narrow", NARROW, "dark")):
        turn(page, window, theme)
        page.evaluate(_KEEP, name)
        found[f"{name}, {theme}"] = axe_findings(page)
        found[f"{name}, pixels too wide"] = [str(overhang(page))] if overhang(page) > 0 else []
    for name, window, theme, other in (("narrow", NARROW, "light", "wide"), ("wide", WIDE, "dark", "narrow")):
        only = _ONLY.format(name, other)
        if page.evaluate(f"{only}.length"):
            turn(page, window, theme)
            found[f"{name}, {theme}"] = axe_findings(page, only=["color-contrast"], inside=only)
    return {where: what for where, what in found.items() if what}


@pytest.fixture(scope="module")
def shared_window(built_world: World, browser: Browser) -> Iterator[tuple[Page, Watch]]:
    """A window costs as much as a page, and these tests only look."""
    watch = Watch()
    with browser.new_context(base_url=built_world.address, reduced_motion="reduce", locale="en") as context:
        context.set_default_timeout(LIMIT_MS)
        watch.attach(context)
        yield context.new_page(), watch


@pytest.fixture
def look_as(portal: World, shared_window: tuple[Page, Watch]) -> Iterator[Callable[[Look], Page]]:
    page, watch = shared_window

    def look_as(look: Look) -> Page:
        page.goto("about:blank")  # the page before may ask for news, as somebody who is about to be another
        watch.forget()
        if look.status >= 400:
            watch.allow(f"status of {look.status}")
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "django_language", "value": "en", "url": portal.address}])
        if look.person is not None:
            page.context.add_cookies(portal.cookies_of(look.person, look.enterprise))  # type: ignore[arg-type]
        turn(page, WIDE, "light")
        return page

    yield look_as
    assert watch.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    name: str, portal: World, look_as: Callable[[Look], Page]
) -> None:
    look = PAGES[name]
    page = look_as(look)
    answer = page.goto(look.address(portal))
    assert answer is not None
    assert answer.status == look.status
    assert findings(page) == {}


_FAULTY = """
@media (prefers-color-scheme: light) { .pale-by-day { color: #eee; background: #fff; } }
@media (prefers-color-scheme: dark) { .pale-by-night { color: #222; background: #000; } }
@media (width > 700px) { .in-narrow { display: none; } }
@media (width < 700px) { .in-wide { display: none; } }
.broad { width: 400px; }
"""
_ADD_FAULT = """([css, html]) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
  document.querySelector("main").insertAdjacentHTML("beforeend", html);
}"""


@pytest.mark.parametrize(
    ("html", "where"),
    [
        ("<p class='pale-by-day'>Words</p>", ["wide, light"]),
        ("<p class='pale-by-night'>Words</p>", ["narrow, dark"]),
        ("<p class='pale-by-day in-narrow'>Words</p>", ["narrow, light"]),
        ("<p class='pale-by-night in-wide'>Words</p>", ["wide, dark"]),
        ("<button type='button' class='in-narrow'></button>", ["narrow, dark"]),
        ("<button type='button' class='in-wide'></button>", ["wide, light"]),
        ("<p class='broad'>Words</p>", ["narrow, pixels too wide"]),
    ],
)
def test_a_fault_of_one_theme_or_one_width_is_seen(
    html: str, where: list[str], portal: World, look_as: Callable[[Look], Page]
) -> None:
    look = PAGES["no protections"]
    page = look_as(look)
    page.goto(look.address(portal))
    page.evaluate(_ADD_FAULT, [_FAULTY, html])
    assert list(findings(page)) == where
