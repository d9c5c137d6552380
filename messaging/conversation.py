"""A page of a conversation, oldest message first: the newest ones, older ones, or those around one that was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from commands.models import Command, Plan, State
from commands.querysets import CommandQuerySet
from commands.slices import newer_than, older_than, place_of
from commands.states import MESSAGE
from messaging.access import Conversation
from messaging.models import Message
from messaging.querysets import MessageQuerySet
from staff.models import User

SIZE = 40
AROUND = 12
MOST_LIVE = 200
MOST_TO_COME = 20
TO_COME = (Plan.State.AWAITING, Plan.State.SCHEDULED, Plan.State.RUNNING, Plan.State.PAUSED)


@dataclass(frozen=True)
class Page:
    """`messages` in the order they are read. `previous`: the day of the message above the first, None for none.

    `older`: a place for the query string, "" at the beginning; `since`: the place of the first message.
    """

    messages: list[Message]
    previous: date | None
    older: str
    since: str
    is_newest: bool


def page_of(user: User, talk: Conversation, query: Mapping[str, Any]) -> Page:
    """`before`: a place to go on below; `message`: one that must be on the page."""
    rows: QuerySet[Message] = _rows(user, talk)
    is_newest = True
    if before := str(query.get("before", "")):
        older = older_than(rows, before, "at")
        rows, is_newest = older, older is rows
    elif wanted := _wanted(rows, str(query.get("message", ""))):
        above = list(newer_than(rows, place_of(wanted, "at"), "at").order_by("at", "pk")[: AROUND + 1])
        if len(above) > AROUND:
            rows, is_newest = older_than(rows, place_of(above[-1], "at"), "at"), False
    return _page(list(rows[: SIZE + 1]), SIZE, is_newest)


def since(user: User, talk: Conversation, place: str) -> Page:
    """The newest page again, from where an open page began; without a place as it opens."""
    if not place:
        return page_of(user, talk, {})
    rows = _rows(user, talk)
    first = rows.filter(pk=_number(place.partition("-")[2])).first()
    if first is None:
        return page_of(user, talk, {})
    newer = list(newer_than(rows, place, "at")[:MOST_LIVE])
    return _page([*newer, first, *older_than(rows, place, "at")[:1]], len(newer) + 1, is_newest=True)


def to_come(user: User, talk: Conversation) -> list[Command]:
    """Messages that stand in plans: they wait for approval, their time, or the message before them.

    Without those a plan took back, paused or at a quiet hour: they stand in the conversation already.
    """
    lines = lines_to_come(user, talk).filter(plan__state__in=TO_COME, message=None)
    return list(lines.select_related("plan__created_by").order_by("id")[:MOST_TO_COME])


def lines_to_come(user: User, talk: Conversation) -> CommandQuerySet:
    """One walk of an index, however many messages the SIM had."""
    own = Command.objects.visible_to(user).filter(enterprise=talk.enterprise, giccid=talk.giccid)
    return own.filter(kind=MESSAGE, state=State.PLANNED)


def _rows(user: User, talk: Conversation) -> MessageQuerySet:
    return talk.messages(user).shown().select_related("author").order_by("-at", "-pk")


def _wanted(rows: QuerySet[Message], number: str) -> Message | None:
    return rows.filter(pk=_number(number)).first() if number else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _page(rows: list[Message], size: int, is_newest: bool) -> Page:
    """Of rows newest first, one more than `size` if there is one."""
    shown = rows[:size][::-1]
    has_older = len(rows) > size
    return Page(
        messages=shown,
        previous=day_of(rows[size].at) if has_older else None,
        older=place_of(shown[0], "at") if has_older else "",
        since=place_of(shown[0], "at") if shown else "",
        is_newest=is_newest,
    )


def day_of(moment: datetime) -> date:
    """In the reader's zone."""
    return timezone.localtime(moment).date()
