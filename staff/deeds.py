"""What deeds read like. Each app tells it of its own (in `AppConfig.ready`); an unknown one is shown raw.

A sentence goes on after the person's name: "anna · approved a plan: suspend 312 SIMs (Home)".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

Detail = Mapping[str, Any]


@dataclass(frozen=True)
class Deed:
    """`label`: for the filter. `tell(detail, about)`: the sentence. `page`: name of the address of what it is about."""

    name: str
    label: str | Promise
    tell: Callable[[Detail, str], str]
    page: str = ""

    def address(self, about: str) -> str:
        """Empty when there is none (any more)."""
        if not self.page:
            return ""
        try:
            return reverse(self.page, args=[about])
        except NoReverseMatch:
            return ""


_DEEDS: dict[str, Deed] = {}


def register(*deeds: Deed) -> None:
    _DEEDS.update({deed.name: deed for deed in deeds})


def all_deeds() -> list[Deed]:
    """In the order they were registered."""
    return list(_DEEDS.values())


def sentence(name: str, detail: object, about: str) -> str:
    """Never fails: the row may be of an earlier version, or of one to come."""
    known = detail if isinstance(detail, Mapping) else {}
    deed = _DEEDS.get(name)
    try:
        return deed.tell(known, about) if deed else f"{name}: {about}"
    except (KeyError, TypeError, ValueError):
        return f"{name}: {about}"


def address(name: str, about: str) -> str:
    """Where the thing is shown; empty when nobody knows."""
    deed = _DEEDS.get(name)
    return deed.address(about) if deed else ""


def reason(detail: object) -> str:
    """What the person gave as a reason or note."""
    known = detail if isinstance(detail, Mapping) else {}
    return next((str(known[name]) for name in ("reason", "note") if known.get(name)), "")
