"""Texts with gaps: `{label}` is filled with what the SIM is called, `{{label}}` stands for itself."""

import re
from collections.abc import Iterable, Mapping

_GAP = re.compile(r"\{(\{[^{}\n]{1,80}\})\}|\{([a-z][a-z0-9_]*(?:\.[^{}\n]{1,60})?)\}")
"""A name is small letters, digits and _; after `tag.` comes the tag's own name."""


class MissingValue(Exception):
    """The SIM lacks values that the text needs; `names` in the order of the text."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def names_in(text: str) -> list[str]:
    """Variables the text needs, each once, in its order."""
    return list(dict.fromkeys(match[2] for match in _GAP.finditer(text) if match[2]))


def strangers(text: str, known: Iterable[str]) -> list[str]:
    """Variables of the text that no SIM can have; `tag.` with any name may be one."""
    names = set(known)
    return [name for name in names_in(text) if name not in names and not name.startswith("tag.")]


def literal(text: str) -> str:
    """The text as it must be written so that filling it gives exactly this."""
    return _GAP.sub(lambda match: "{" + match[0] + "}", text)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text of one SIM. A value is put in as it is, whatever it looks like. Raises `MissingValue`."""
    if missing := [name for name in names_in(text) if not values.get(name)]:
        raise MissingValue(missing)
    return _GAP.sub(lambda match: match[1] or values[match[2]], text)
