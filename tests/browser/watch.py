"""What must never happen on any page: a refused script or style, an error in the console, a finding of axe."""

from collections.abc import Iterable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError

# The page's own policy allows no inline script; this one comes in through the debugger, and reports for all frames.
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  reportViolation(`${event.violatedDirective} ${event.blockedURI} on ${location.pathname}`);
});
"""
# The eighth row of a table tells axe nothing the seven before it did not, but takes as long as they did.
_SCOPE = {"exclude": [[".data-table tbody tr:nth-child(n+8)"]]}


class Watch:
    """Listens to everything a browser complains about. `allow("404")` names what a test provokes on purpose."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.errors: list[str] = []
        self._allowed: list[str] = []

    def attach(self, context: BrowserContext, *, has_scripts: bool = True) -> None:
        context.on("console", self._hear)
        context.on("weberror", self._catch)
        if has_scripts:
            context.expose_function("reportViolation", self._note)
            context.add_init_script(_REPORT_VIOLATIONS)

    def forget(self) -> None:
        """What came so far was another test's."""
        for kept in (self.violations, self.errors, self._allowed):
            kept.clear()

    def allow(self, text: str) -> None:
        self._allowed.append(text)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")

    def _catch(self, error: WebError) -> None:
        self.errors.append(str(error.error))

    def _note(self, violation: str) -> None:
        self.violations.append(violation)

    @property
    def complaints(self) -> list[str]:
        """Everything that was not allowed."""
        unexpected = [text for text in self.errors if not any(part in text for part in self._allowed)]
        return [f"CSP: {text}" for text in self.violations] + [f"console: {text}" for text in unexpected]


def axe_findings(page: Page, *, only: Iterable[str] = (), inside: str = "scope") -> list[str]:
    """What axe finds on the page as it is now, a line for each element. `only`: rules to run, else all. `inside`: what
    to look at, in JavaScript, else everything.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False, "preload": False}
    if rules := list(only):
        options["runOnly"] = {"type": "rule", "values": rules}
    if not page.evaluate("Boolean(window.axe)"):  # half a megabyte: once a page is enough
        page.evaluate(Axe().axe_script)
    call = f"([scope, options]) => axe.run({inside}, options)"
    found = page.evaluate(call, [_SCOPE, options])["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def overhang(page: Page) -> int:
    """Pixels the page is wider than its window: more than none means scrolling sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
