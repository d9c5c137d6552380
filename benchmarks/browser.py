"""A working day in Chromium on a million SIMs: how long each click takes, and what pages weigh.

    python benchmarks/browser.py [--sims 1000000] [--shots FOLDER]

The portal's own web server (granian) and a real browser on this machine. A click is timed in the page: from it to the
last byte of the answer, and to the moment the browser (without a graphics card) has drawn it. Weights: bytes as sent.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import stage

ROUNDS = 5
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
_CLOCK = """
window.bench = { at: 0, answered: 0, shown: 0 };
for (const name of ["click", "change", "keyup"]) {
  document.addEventListener(name, (event) => {
    if (name !== "change" || event.target.tagName === "SELECT") window.bench.at = performance.now();
  }, true);
}
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "sims") window.bench.answered = performance.now() - window.bench.at;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id === "sims") window.bench.shown = performance.now() - window.bench.at;
});
"""
_PAGE = """
(() => {
  const entry = performance.getEntriesByType("navigation")[0];
  return [entry.responseEnd - entry.startTime, entry.domContentLoadedEventEnd - entry.startTime];
})()
"""
_WEIGHT = """
[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map((entry) => [entry.name, entry.encodedBodySize])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sims", type=int, default=1_000_000)
    parser.add_argument("--shots", type=Path)
    options = parser.parse_args()
    with stage.servers():
        enterprise = stage.fleet(options.sims)
        from benchmarks import visitor  # noqa: PLC0415 - needs the settings

        visitor.prepare(enterprise, options.sims)
        _play(visitor.browser().cookies["portal_session"].value, options.shots)


def _play(session: str, shots: Path | None) -> None:
    import os  # noqa: PLC0415

    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    from tests.browser.server import portal  # noqa: PLC0415

    with portal(os.environ["DATABASE_URL"]) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "portal_session", "value": session, "url": address}])
        _weigh(context)
        context.add_init_script(_CLOCK)
        story = Story(context.new_page(), shots)
        for _round in range(ROUNDS):
            story.play()
        story.print()
        browser.close()


def _weigh(context: Any) -> None:
    """First visits in fresh tabs without a cache, and fragments."""
    print("\n| first visit | requests | KB |\n|---|--:|--:|")
    for path in ("/", "/sims/"):
        page = context.new_page()
        page.route("**/*", lambda route: route.continue_())  # switches the cache off
        page.goto(path, wait_until="load")
        parts = page.evaluate(_WEIGHT)
        print(f"| {path} | {len(parts)} | {sum(size for _name, size in parts) / 1000:.0f} |")
        page.close()


class Story:
    """The clicks, and how long each took."""

    def __init__(self, page: Any, shots: Path | None) -> None:
        self.page = page
        self.shots = shots
        self.times: dict[str, list[tuple[float, float]]] = {}
        self.sizes: dict[str, int] = {}
        page.on("response", self._heard)

    def _heard(self, response: Any) -> None:
        if response.request.headers.get("hx-request"):
            self.sizes["fragment"] = max(
                self.sizes.get("fragment", 0), int(response.headers.get("content-length", 0))
            )

    def play(self) -> None:
        """One round; the list is opened anew first."""
        page = self.page
        page.goto("/sims/")
        self._swap("type a part of an IMSI", lambda: page.locator("#list_search").press_sequentially("4711"))
        self._swap("choose a status", lambda: page.select_option("#filter_status", "ACTIVATED"))
        self._swap("choose an account", lambda: page.select_option("#filter_account", "Account 07"))
        self._swap("choose a package", lambda: page.select_option("#filter_package", "IoT-3"))
        self._shot("combined")
        page.goto("/sims/?status=ACTIVATED")
        self._swap("sort by data", lambda: page.click("thead a:has-text('Data this cycle')"))
        self._swap("sort by data, downwards", lambda: page.click("thead a:has-text('Data this cycle')"))
        self._swap("next page", lambda: page.click("a[rel=next]"))
        self._swap("last page", lambda: page.click(".pages a[aria-label='Last page']"))
        self._shot("last-page")
        self._views()
        self._select_all()

    def _views(self) -> None:
        page = self.page
        page.goto("/sims/?usage=near&sort=-share")
        page.click("summary:has-text('Views')")
        page.fill("#view_name", "Near their limit")
        page.check("input[name=is_shared]")
        self._go("save the view", lambda: page.click("button:has-text('Save view')"))
        self._go("open the shared address", lambda: page.goto(page.url))
        self._shot("view")

    def _select_all(self) -> None:
        page = self.page
        page.goto("/sims/?status=ACTIVATED")
        self._go("select all that match", lambda: page.click("#bulk_form button[name=all]"))
        self._shot("selecting")
        page.goto("/sims/?q=4711")
        with page.expect_download() as download:
            page.evaluate("location.href = '/sims/export.csv?q=4711'")
        download.value.path()

    def _swap(self, name: str, act: Any) -> None:
        self.page.evaluate("window.bench.shown = 0")
        act()
        deadline = time.monotonic() + 30
        while not self.page.evaluate("window.bench.shown"):  # wait_for_function would need eval
            if time.monotonic() > deadline:
                raise SystemExit(f"Nothing happened: {name}")
            time.sleep(0.1)
        answered, shown = self.page.evaluate("[window.bench.answered, window.bench.shown]")
        # The search waits 250 ms for the next key: that is not the portal's time.
        wait = 250 if name.startswith("type") else 0
        self.times.setdefault(name, []).append((answered - wait, shown - wait))

    def _go(self, name: str, act: Any) -> None:
        act()
        self.page.wait_for_load_state("load")
        answered, shown = self.page.evaluate(_PAGE)
        self.times.setdefault(name, []).append((answered, shown))

    def _shot(self, name: str) -> None:
        if self.shots is None or len(self.times.get("save the view", [])) > 1:
            return
        self.shots.mkdir(parents=True, exist_ok=True)
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            for width, height in ((1440, 900), (360, 780)):
                self.page.set_viewport_size({"width": width, "height": height})
                self.page.wait_for_timeout(400)  # colours change in a moment, not at once
                self.page.screenshot(path=self.shots / f"{name}-{width}-{scheme}.png")
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.emulate_media(color_scheme="light")

    def print(self) -> None:
        """The table."""
        print("\n| click | answered after (median) | slowest | drawn after (median) |\n|---|--:|--:|--:|")
        for name, found in self.times.items():
            answers, drawn = [pair[0] for pair in found], [pair[1] for pair in found]
            print(
                f"| {name} | {statistics.median(answers):.0f} ms | {max(answers):.0f} ms"
                f" | {statistics.median(drawn):.0f} ms |"
            )
        print(f"Largest fragment: {self.sizes.get('fragment', 0) / 1000:.1f} KB.")


if __name__ == "__main__":
    sys.exit(main())
