"""Reading our templates as text: what the template guards share."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "templates"
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}", re.S)
# Its content stands inside a tag.
_BODY_CLASS = re.compile(r"{% block body_class %}.*?{% endblock body_class %}", re.S)
_BLOCK = re.compile(r"{% blocktrans(?:late)?\b.*?{% endblocktrans(?:late)? %}", re.S)
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.S)
_LITERAL = r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_MARKED = re.compile(
    r"(?<![a-z])(?P<kind>_|n?gettext|n?pgettext)\(u?" + _LITERAL + r"(?:,\s*u?" + _LITERAL + ")?"
)
_PARAMETER = re.compile(r"\b(\w+)=" + _LITERAL)
_SPOKEN = {"title", "aria-label", "placeholder", "alt", "data-label"}
_SPOKEN_INPUTS = {"title", "text", "label", "caption", "word", "hint", "action_label", "note", "source"}


def templates() -> list[Path]:
    return sorted(FOLDER.rglob("*.html"))


def named(path: Path) -> str:
    return str(path.relative_to(FOLDER))


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.found += [value for name, value in attrs if name in _SPOKEN and value]

    def handle_data(self, data: str) -> None:
        if self._inside not in {"script", "style"}:
            self.found.append(data)


def untranslated(text: str) -> list[str]:
    """Literal words people would read: between tags, in spoken attributes and in spoken inputs of includes."""
    text = _BODY_CLASS.sub(" ", COMMENT.sub(" ", text))
    inputs = [
        ast.literal_eval(value)
        for tag in re.findall(r"{% include .*?%}", text, re.S)
        for name, value in _PARAMETER.findall(tag)
        if name in _SPOKEN_INPUTS
    ]
    reader = _Texts()
    reader.feed(_TAG.sub(" ", _BLOCK.sub(" ", text)))
    return [word for piece in [*reader.found, *inputs] for word in re.findall(r"[^\W\d_]{2,}", piece)]


def marked(path: Path) -> Iterator[str]:
    """Texts given to gettext in a template or a Python file."""
    if path.suffix == ".html":
        source = templatize(path.read_text())
        for match in _MARKED.finditer(source):
            literal = match[3] if "pgettext" in match["kind"] else match[2]
            yield ast.literal_eval(literal)
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name, values = node.func.id, [a.value for a in node.args if isinstance(a, ast.Constant)]
            if name == "_" or name.removesuffix("_lazy") in {"gettext", "ngettext"}:
                yield from values[:1]
            elif name.removesuffix("_lazy") in {"pgettext", "npgettext"}:
                yield from values[1:2]
