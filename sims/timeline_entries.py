"""Lines of a SIM's timeline, and what its sources answer with."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from sims.changes import Kind


@dataclass(frozen=True)
class Told:
    """Who told it: `by` is "changelog", "portal", a source of `mirror.apply` or a person; `at`: when, if not then."""

    by: str
    at: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One line of the stream. `problem`: why it did not happen. `url`: where more of it stands. `state`: a word of
    `common.statuses`. `is_status`: before and after are statuses of a SIM. `key`: what stays the same about it while
    the rest changes.
    """

    at: datetime
    kind: Kind
    icon: str
    title: str | Promise
    sources: tuple[Told, ...]
    before: str | None = None
    after: str | None = None
    detail: str | Promise = ""
    problem: str = ""
    url: str = ""
    state: str = ""
    is_status: bool = False
    key: str = ""

    @property
    def is_change(self) -> bool:
        return self.before is not None or self.after is not None


@dataclass(frozen=True)
class Batch:
    """Entries before a moment. Nothing younger than `reaches` is missing; None: nothing is missing at all."""

    entries: list[Entry]
    reaches: datetime | None = None


@dataclass(frozen=True)
class Stream:
    """A page of the stream; `older` is the moment to go on from, None at its beginning."""

    entries: list[Entry]
    older: datetime | None
