"""Templates keep the strict CSP, say what they need, and speak every language.

Seen red: `style=`, an inline script, `onclick`, `|safe`, a fragment with another id, a bare English word in a
paragraph, in an attribute and in an include, an emptied msgstr, a fuzzy entry, a text missing from the catalogue.
"""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils.translation import gettext, override

from tests.guards import test_sizes as sizes
from tests.guards.templates import COMMENT, ROOT, marked, named, templates, untranslated

CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc=)", re.I),
    "an event attribute": re.compile(r"\son[a-z]+\s*=", re.I),
    "hx-on": re.compile(r"hx-on\b", re.I),
    "a javascript: address": re.compile(r"javascript:|js:", re.I),
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape off|safeseq"),
}
# Template: why its output is safe.
MAY_BE_UNESCAPED = {
    "components/field.html": "help texts come from our own forms and from Django's, never from data"
}
# Names and abbreviations that read the same in every language.
SAME_EVERYWHERE = {
    "SMS",
    "ICCID",
    "IMSI",
    "IMEI",
    "MSISDN",
    "APN",
    "JSON",
    "SmartHub",
    "CSV",
    "Excel",
    "Portal",
    "SIM",
    "PO",
    "Esc",
    "Enter",
}
# Its tag is put together from pieces, which no parser of HTML follows; it holds no words.
UNREADABLE = {"allauth/elements/button.html"}
WITHOUT_COMMENT_BECAUSE_OF_ALLAUTH = "allauth/elements/"  # allauth documents what its elements are given


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what):
    exempt = MAY_BE_UNESCAPED if what == "unescaped output" else {}
    found = {named(path) for path in templates() if FORBIDDEN[what].search(COMMENT.sub("", path.read_text()))}
    assert sorted(found - set(exempt)) == []
    assert sorted(set(exempt) - found) == [], "the exemption is stale"


def test_every_template_names_its_inputs_or_extends_another():
    silent = [
        named(path)
        for path in templates()
        if not re.match(r"\s*({% extends|{% comment %}|{#|{% load)", path.read_text())
        or ("{% extends" not in path.read_text() and not COMMENT.search(path.read_text()))
    ]
    assert [name for name in silent if not name.startswith(WITHOUT_COMMENT_BECAUSE_OF_ALLAUTH)] == []


def _fragments() -> dict[str, str]:
    """Fragments that views render by themselves, and the id of their root."""
    named_in_views = {
        name
        for path in sizes.sources(tests=False)
        if "views" in path.stem
        for name in re.findall(r'"([\w/]+/_\w+\.html)"', path.read_text())
    }
    roots = {}
    for name in sorted(named_in_views):
        match = re.search(
            r"<\w+[^>]*?\sid=\"([^\"]*)\"", COMMENT.sub("", (ROOT / "templates" / name).read_text())
        )
        roots[name] = match[1] if match else ""
    return roots


def test_the_root_of_a_fragment_has_its_name_as_id():
    fragments = _fragments()
    assert "sims/_sims.html" in fragments
    assert {name: root for name, root in fragments.items() if root != Path(name).stem.removeprefix("_")} == {}


def test_every_visible_word_is_translated():
    found = {named(path): set(untranslated(path.read_text())) - SAME_EVERYWHERE for path in templates()}
    assert {name: words for name, words in found.items() if words and name not in UNREADABLE} == {}


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ('<a title="Go there">{{ x }}</a>', ["Go", "there"]),
        ('{% include "a.html" with label="Search" name="q" only %}', ["Search"]),
        ('{% include "a.html" with label=_("Search") only %}', []),
        ('<p class="muted">{% translate "Hello" %} – {{ name }} {# note #}</p>', []),
        ("{% blocktranslate count n=n %}one{% plural %}{{ n }} many{% endblocktranslate %}", []),
        ("{% comment %}Words for us{% endcomment %}<script src='x'>code</script>", []),
    ],
)
def test_the_search_for_bare_words_knows_a_word_from_a_name(template, words):
    assert untranslated(template) == words


def _entries():
    with CATALOGUE.open("rb") as stream:
        return [message for message in read_po(stream, locale="zh_Hans") if message.id]


def test_no_entry_is_empty_or_fuzzy():
    """A plural's strings are a tuple, which is true even when it holds nothing."""
    strings = {
        message.id: message.string if isinstance(message.string, tuple) else (message.string,)
        for message in _entries()
    }
    assert [key for key, texts in strings.items() if not all(texts)] == []
    assert [message.id for message in _entries() if message.fuzzy] == []


def test_every_text_for_people_is_in_the_catalogue():
    """Ours, or one Django or allauth translates itself."""
    ours = {message.id[0] if isinstance(message.id, tuple) else message.id for message in _entries()}
    files = [path for path in sizes.sources(tests=False) if "sandbox" not in path.parts] + templates()
    texts = {text: named_in(path) for path in files for text in marked(path) if isinstance(text, str)}
    assert {
        "Sync runs",
        "SmartHub can't be reached. You are reading the local copy; try again in a minute.",
    } <= set(texts)
    with override("zh-hans"):
        missing = {text: path for text, path in texts.items() if text not in ours and gettext(text) == text}
    assert missing == {}, "run `make messages` and translate"


def named_in(path: Path) -> str:
    return str(path.relative_to(ROOT))
