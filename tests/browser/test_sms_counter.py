"""The counter below a message, by itself: what the server wrote, and what the script makes of it as one types.

Seen red: see each test.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import override
from playwright.sync_api import Page, expect

from messaging.texts import measure

STATIC = Path(__file__).resolve().parents[2] / "static"
TEXTS = [
    "",
    "Reboot at 03:00",
    "a" * 139 + "[€]",
    "a" * 144,
    "a" * 145,
    "a" * 172,
    "a" * 1400,
    "您好",
    "Don’t",
    "您" * 65,
    "e\u0301",
    "😀" * 36,
    "one\ntwo",
]
_READ = """
(boxes) => boxes.map((box) => [box.dataset.level, box.dataset.encoding, box.innerText.replace(/\\s+/g, " ").trim(),
          box.querySelector("progress").value, box.querySelector("progress").max,
          [...box.querySelectorAll("[data-sms-note]")].map((note) => note.hidden)])
"""
_SPOIL = """
(boxes) => {
  const hiding = ":not([data-sms-note]) > [data-sms], [data-sms-note]";
  for (const box of boxes) {
    box.dataset.level = box.dataset.encoding = "?";
    for (const place of box.querySelectorAll("[data-sms]")) place.textContent = "?";
    for (const place of box.querySelectorAll(hiding)) place.hidden = !place.hidden;
    box.querySelector("progress").value = box.querySelector("progress").max = 7;
  }
}
"""
_HEAR = """
() => {
  window.heard = [];
  new MutationObserver(() => heard.push(c0_said.textContent)).observe(c0_said, { childList: true });
}
"""


@pytest.fixture
def page(new_context: Callable[..., Any]) -> Page:
    page: Page = new_context().new_page()
    return page


def show(page: Page, *texts: str | None, parts: int = 1, language: str = "en") -> None:
    """Fields with their counters c0, c1, …, before any script ran. None: nothing was written yet."""
    with override(language):
        forms = [_form(f"c{number}", text, parts) for number, text in enumerate(texts)]
    page.set_content(f'<html lang="{language}"><body>{"".join(forms)}</body></html>')
    for name in ("tokens", "messages"):
        page.add_style_tag(content=(STATIC / f"css/{name}.css").read_text())


def _form(name: str, text: str | None, parts: int) -> str:
    length = None if text is None else measure(text)
    counter = render_to_string("messaging/_counter.html", {"id": name, "parts": parts, "length": length})
    area = '<textarea aria-label="Text" data-sms-count="{}" data-sms-parts="{}">\n{}</textarea>'
    field = format_html(area, name, parts, text or "")
    return f'<form>{field}<button type="reset">Anew</button></form>{counter}'


def run(page: Page) -> None:
    page.evaluate("document.documentElement.classList.add('js')")
    page.add_script_tag(content=(STATIC / "js/sms.js").read_text())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("parts", [1, 3])
def test_the_script_writes_what_the_server_wrote(page: Page, language: str, parts: int) -> None:
    """Seen red: with another border for "near", another limit of joined parts, "near" before the last part, the wide
    character for the foreign one, notes left open, and another end of the meter.
    """
    show(page, *TEXTS, parts=parts, language=language)
    boxes = page.locator(".sms-counter")
    written = boxes.evaluate_all(_READ)
    assert len(written) == len(TEXTS)
    boxes.evaluate_all(_SPOIL)
    run(page)
    assert boxes.evaluate_all(_READ) == written


def test_the_counter_follows_the_typing(page: Page) -> None:
    """Seen red: without the listener of "input", and of "reset"."""
    show(page, None)
    expect(page.locator("#c0")).to_have_text(
        re.compile("^One message holds 160 characters"), use_inner_text=True
    )
    run(page)
    box, area = page.locator("#c0"), page.get_by_label("Text")
    expect(box).to_have_text("0 / 160 GSM-7 160 left", use_inner_text=True)
    area.fill("Hello")
    expect(box).to_have_text("5 / 160 1 part GSM-7 155 left", use_inner_text=True)
    area.press_sequentially("’")
    expect(box).to_have_attribute("data-encoding", "UCS-2")
    expect(page.get_by_text("“’” makes this Unicode: 70 characters a message.")).to_be_visible()
    area.fill("a" * 161)
    expect(box).to_have_attribute("data-level", "over")
    expect(page.get_by_text("Too long by 1: one message holds 160 characters.")).to_be_visible()
    page.get_by_role("button", name="Anew").click()
    expect(box).to_have_attribute("data-level", "fine")


def test_only_a_change_of_kind_is_read_out(page: Page) -> None:
    """Not each key; and what was taken back before the pause was over not at all. Seen red: without the comparison of
    kinds, and without the pause.
    """
    show(page, "")
    page.clock.install()
    run(page)
    page.evaluate(_HEAR)
    area = page.get_by_label("Text")
    area.press_sequentially("Hello")
    page.clock.run_for(5_000)
    area.press_sequentially(" there’")
    page.clock.run_for(500)
    area.press("Backspace")
    page.clock.run_for(5_000)
    area.press_sequentially(", all of you")
    page.clock.run_for(5_000)
    area.fill("a" * 161)
    page.clock.run_for(5_000)
    assert page.evaluate("heard") == [
        "1 part · GSM-7 · 155 left",
        "2 parts · GSM-7 · Too long by 1: one message holds 160 characters.",
    ]
