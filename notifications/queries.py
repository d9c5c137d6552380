"""Reads of the inbox: pages by walking down the numbers, so that no page counts what is kept for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from enterprise.models import Enterprise
from notifications.kinds import KINDS
from notifications.models import Event, Push
from sims.hints import is_giccid
from staff.models import User

PAGE_SIZE = 50
# What the filter offers -> what it means; the words are those of `Push.outcome`.
OUTCOMES: dict[str, dict[str, Any]] = {
    "new": {"state": Push.State.NEW},
    "reading": {"event__verdict": Event.Verdict.PENDING},
    "confirmed": {"event__verdict": Event.Verdict.CONFIRMED},
    "contradicted": {"event__verdict": Event.Verdict.CONTRADICTED},
    "unverified": {"event__verdict": Event.Verdict.UNVERIFIED},
    "dead": {"state": Push.State.DEAD},
}


@dataclass(frozen=True)
class InboxFilter:
    """Out of an address anybody may have typed: what means nothing filters nothing."""

    kind: str = ""
    outcome: str = ""
    giccid: str = ""
    before: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "InboxFilter":
        kind, outcome = query.get("kind", ""), query.get("outcome", "")
        giccid, before = query.get("giccid", "").strip(), query.get("before", "")
        is_number = before.isascii() and before.isdigit() and len(before) < 19
        return cls(
            kind if kind in KINDS else "",
            outcome if outcome in OUTCOMES else "",
            giccid if is_giccid(giccid) else "",
            int(before) if is_number else None,
        )

    @property
    def query(self) -> str:
        """The filters of an address."""
        wanted = {"kind": self.kind, "outcome": self.outcome, "giccid": self.giccid}
        return urlencode({name: value for name, value in wanted.items() if value})

    @property
    def is_set(self) -> bool:
        return bool(self.kind or self.outcome or self.giccid)


@dataclass(frozen=True)
class Slice:
    """One page; `older` is the number to go on below, None at the end."""

    pushes: list[Push]
    older: int | None


def inbox(user: User, enterprise: Enterprise, chosen: InboxFilter) -> Slice:
    """The newest pushes of the enterprise that this person may see, without their bodies."""
    rows = Push.objects.visible_to(user).filter(enterprise=enterprise)
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.outcome:
        rows = rows.filter(**OUTCOMES[chosen.outcome])
    if chosen.giccid:
        rows = rows.filter(event__giccid=chosen.giccid, event__enterprise=enterprise)
    if chosen.before:
        rows = rows.filter(pk__lt=chosen.before)
    found = list(rows.select_related("event").defer("body", "event__claim")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return Slice(page, page[-1].pk if len(found) > PAGE_SIZE else None)


def dead(user: User, enterprise: Enterprise) -> "QuerySet[Push]":
    """Those given up that this person may see."""
    return Push.objects.visible_to(user).filter(enterprise=enterprise, state=Push.State.DEAD)
