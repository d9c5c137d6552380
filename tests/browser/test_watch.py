"""The guards themselves, seen red: a page that breaks the rules does not pass."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.watch import Watch, axe_findings, overhang

_BREAK_POLICY = """
document.body.insertAdjacentHTML("beforeend", "<p id='styled' style='color: red'>x</p>");
const script = document.createElement("script");
script.textContent = "window.ran = true";
document.body.append(script);
"""


def test_an_inline_script_and_style_are_refused_and_noticed(visit: Visit, watch: Watch) -> None:
    page = visit("viewer")
    page.goto("/")
    page.evaluate(_BREAK_POLICY)
    assert page.evaluate("window.ran") is None
    page.wait_for_timeout(100)
    assert {text.split()[0] for text in watch.violations} == {"script-src-elem", "style-src-attr"}
    assert len(watch.complaints) >= 4  # each also stands in the console
    watch.violations.clear()
    watch.errors.clear()


def test_an_error_of_a_script_is_noticed(visit: Visit, watch: Watch) -> None:
    page = visit("viewer")
    page.goto("/")
    page.evaluate("setTimeout(() => { throw new Error('broken on purpose'); })")
    page.wait_for_timeout(100)
    assert any("broken on purpose" in text for text in watch.complaints)
    watch.errors.clear()


@pytest.mark.parametrize(
    ("harm", "rule"),
    [
        ("document.querySelector('#filter_status').labels[0].remove()", "select-name"),
        ("document.querySelector('h1').style.color = '#ccc'", "color-contrast"),
        ("document.querySelector('table caption').closest('table').setAttribute('role', 'x')", "aria-roles"),
    ],
)
def test_axe_notices(harm: str, rule: str, visit: Visit) -> None:
    page = visit("viewer", "hard")
    page.goto("/sims/")
    page.evaluate(harm)
    assert any(line.startswith(f"{rule}:") for line in axe_findings(page, only=[rule]))


def test_a_page_that_is_too_wide_is_noticed(visit: Visit) -> None:
    page = visit("viewer", width=360)
    page.goto("/")
    assert overhang(page) == 0
    page.evaluate("document.querySelector('main').style.width = '500px'")
    assert overhang(page) > 0
