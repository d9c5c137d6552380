"""What the list of conversations can be asked for; with a search, or a filter by state, it is a list of messages."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commands.fleet import fleet
from commands.slices import Slice, slice_of
from enterprise.models import Enterprise
from messaging import unread
from messaging.models import Message, Thread
from messaging.querysets import MessageQuerySet, ThreadQuerySet
from messaging.states import MessageState
from staff.models import User

SIZE = 50
SHORTEST = 3
SHORTEST_WIDE = 2
"""Of words in scripts that say more with a letter."""
RECENT = timedelta(days=90)
"""As far back such a search goes, and any other without three letters or digits in a row: the index of texts is one of
three at a time, so these read messages."""
MOST_SIMS = 200
UNREAD, UNKNOWN, FAILED, AWAITING = "unread", "unknown", "failed", "awaiting"
SHOWS: dict[str, Promise] = {
    UNREAD: _("Unread"),
    UNKNOWN: _("Outcome unknown"),
    FAILED: _("Failed or refused"),
    AWAITING: _("Awaiting report"),
}
_FAILED = (MessageState.FAILED, MessageState.REFUSED, MessageState.NOT_SENT)


@dataclass(frozen=True)
class ListFilter:
    """Out of an address anybody may have typed: what means nothing filters nothing.

    `plan`, `state`: messages of one plan that are shown in a state, as the plan's page leads here.
    """

    q: str = ""
    show: str = ""
    plan: str = ""
    state: str = ""
    before: str = ""
    after: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "ListFilter":
        show, state, plan = query.get("show", ""), query.get("state", ""), _uid(query.get("plan", ""))
        return cls(
            q=query.get("q", "").replace("\0", "").strip()[:100],
            show=show if show in SHOWS else "",
            plan=plan,
            state=state if plan and state in MessageState.values else "",
            before=query.get("before", ""),
            after=query.get("after", ""),
        )

    @property
    def is_too_short(self) -> bool:
        """So few letters would be found everywhere, and only by reading everything."""
        least = SHORTEST if self.q.isascii() else SHORTEST_WIDE
        return bool(self.q) and len(self.q) < least

    @property
    def is_of_recent(self) -> bool:
        """The search goes back `RECENT` only."""
        return bool(self.q) and re.search(r"[^\W_]{3}", self.q) is None

    @property
    def is_of_messages(self) -> bool:
        return bool(self.q or self.plan) or self.show not in ("", UNREAD)

    @property
    def is_set(self) -> bool:
        return bool(self.q or self.show or self.plan)

    @property
    def is_newest(self) -> bool:
        return not (self.before or self.after)

    def query(self, **changes: str) -> str:
        """The filters for an address, with some of them changed; "?…" or nothing."""
        wanted = {"q": self.q, "show": self.show, "plan": self.plan, "state": self.state} | changes
        text = urlencode({name: value for name, value in wanted.items() if value})
        return f"?{text}" if text else ""


def _uid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def found(user: User, enterprise: Enterprise, chosen: ListFilter) -> Slice:
    """One page: `Thread`s or, where the filter is of messages, `Message`s as shown; newest first."""
    place = {"before": chosen.before, "after": chosen.after}
    if not chosen.is_of_messages:
        return slice_of(threads(user, enterprise, chosen), size=SIZE, by="last_at", **place)
    return slice_of(messages(user, enterprise, chosen), size=SIZE, by="at", **place)


def threads(user: User, enterprise: Enterprise, chosen: ListFilter) -> ThreadQuerySet:
    if chosen.show == UNREAD:
        return unread.unread(user, enterprise)
    return Thread.objects.visible_to(user).filter(enterprise=enterprise)


def last_messages(user: User, enterprise: Enterprise, threads: Sequence[Thread]) -> Mapping[str, Message]:
    """{ICCID: the newest one} of conversations, as shown. Only what this person may see: a SIM may have moved between
    accounts, and its conversation with it.
    """
    own = Message.objects.visible_to(user).filter(enterprise=enterprise).shown().select_related("author")
    found = {row.giccid: row for row in own.filter(pk__in=[thread.last_id for thread in threads])}
    if missing := [thread.giccid for thread in threads if thread.giccid not in found]:
        newest = own.filter(giccid__in=missing).order_by("giccid", "-at", "-pk").distinct("giccid")
        found |= {row.giccid: row for row in newest}
    return found


def messages(user: User, enterprise: Enterprise, chosen: ListFilter) -> MessageQuerySet:
    rows = Message.objects.visible_to(user).filter(enterprise=enterprise)
    if chosen.is_too_short:
        return rows.none()
    if chosen.plan:
        rows = _of_plan(rows, chosen)
    if chosen.show == UNREAD:
        rows = rows.filter(direction=Message.Direction.MO, read_at=None)
    elif chosen.show == UNKNOWN:
        rows = rows.unclear()
    elif chosen.show == FAILED:
        rows = rows.filter(state__in=_FAILED)
    elif chosen.show == AWAITING:
        rows = rows.filter(state=MessageState.ACCEPTED)
    if chosen.is_of_recent:
        rows = rows.filter(at__gte=timezone.now() - RECENT)
    if chosen.q:
        sims = fleet().find(user, enterprise.pk, chosen.q, MOST_SIMS)
        rows = rows.filter(Q(text__icontains=chosen.q) | Q(giccid__in=[chosen.q[:32], *sims]))
    return rows.shown()


def _of_plan(rows: MessageQuerySet, chosen: ListFilter) -> MessageQuerySet:
    rows = rows.filter(plan_id=chosen.plan)
    if chosen.state == MessageState.UNKNOWN:
        return rows.unclear()
    return rows.filter(state=chosen.state) if chosen.state else rows


def unclear_count(user: User, enterprise: Enterprise) -> str:
    """For the filter: "" for none, "99+" for many."""
    rows = Message.objects.visible_to(user).filter(enterprise=enterprise).unclear()
    count = rows.order_by()[: unread.MOST + 1].count()
    return f"{unread.MOST}+" if count > unread.MOST else str(count or "")
