"""Whether a text holds a word, as people mean it: case, width and punctuation do not count, in any script.

A text is cut into words. Scripts that are written without spaces (Chinese, Japanese, Thai …) have none to cut at, so
each of their characters is a piece of its own, and so is each pictogram; a word of several pieces stands where they
follow each other.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

FIRST, ANYWHERE, WHOLE = "first", "anywhere", "whole"
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
_VARIANTS = dict.fromkeys((0xFE0E, 0xFE0F))  # only say whether a pictogram is drawn in colour


def pieces(text: str) -> tuple[str, ...]:
    """Its words, folded; empty for a text of punctuation."""
    found: list[str] = []
    word = ""
    for letter in _folded(text):
        kind = _kind(letter)
        if kind == "inner":
            word += letter
            continue
        if word:
            found.append(word)
            word = ""
        if kind == "alone":
            found.append(letter)
    return tuple([*found, word] if word else found)


def holds(text: Sequence[str], word: Sequence[str], how: str) -> bool:
    """Both as `pieces` gives them."""
    if not word:
        return False
    if how == WHOLE:
        return tuple(text) == tuple(word)
    if how == FIRST:
        return tuple(text[: len(word)]) == tuple(word)
    return f" {' '.join(word)} " in f" {' '.join(text)} "


def _folded(text: str) -> str:
    """Folding may take a text apart again (Unicode, D145), so it is composed twice."""
    composed = unicodedata.normalize("NFKC", text.translate(_VARIANTS))
    return unicodedata.normalize("NFKC", composed.casefold())


@lru_cache(maxsize=4096)
def _kind(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "So" or (category[0] in "LMN" and _UNSPACED.match(letter)):
        return "alone"
    return "inner" if category[0] in "LMN" else "between"
