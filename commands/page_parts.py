"""What apps above show on the page of a plan, since this one may not import them. They append in `AppConfig.ready`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commands.models import Command, Plan
from staff.models import User


@dataclass(frozen=True)
class Part:
    """A template and what it is given. `seconds`: an open page asks for it again after so many; None: it is at rest."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    seconds: int | None = None


@dataclass(frozen=True)
class LineWords:
    """What a line of a plan says besides: about its text, and what became of it (a value of `common.statuses`)."""

    note: str = ""
    state: str = ""


status_parts: list[Callable[[User, Plan], Part | None]] = []
"""Below what a plan is doing, asked for as often as that; None where there is nothing to show."""

line_words: dict[str, Callable[[Sequence[Command]], Mapping[int, LineWords]]] = {}
"""For lines of a kind of plan, a page at a time: {id of the line: words}."""


def parts_of(user: User, plan: Plan) -> list[Part]:
    """Of the page of this plan as this person sees it."""
    return [part for make in status_parts if (part := make(user, plan)) is not None]
