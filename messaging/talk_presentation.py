"""What a conversation is given: on its own page, on the page of its SIM, and when either asks for news."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from messaging import bubbles, compose, conversation, list_presentation
from messaging.access import Conversation
from messaging.conversation import Page
from messaging.lists import ListFilter
from messaging.models import Message
from staff.models import User

Query = Mapping[str, Any]


def talk_page(user: User, talk: Conversation, query: Query, seen: str) -> dict[str, Any]:
    """Its own page, with the list beside it. `seen`: what it shows, in a word."""
    chosen = _beside(query)
    context = opened(user, talk, query) | list_presentation.pane(user, talk.enterprise, chosen, talk.giccid)
    address = reverse("messages:conversation-live", args=[talk.giccid])
    wanted = chosen.query(since=context["since"], beside=chosen.before)
    return context | {
        "live_url": address + wanted if context["is_newest"] else "",
        "seen": seen,
        "back_url": reverse("messages:list") + chosen.query(),
    }


def opened(user: User, talk: Conversation, query: Query, place: str = "") -> dict[str, Any]:
    """A page of it and the form below. `place`: where it is shown, see `compose.SendForm`."""
    page = conversation.page_of(user, talk, query)
    return _lines(user, talk, page) | compose.context(
        user, talk, place, template=str(query.get("template", ""))
    )


def news(user: User, talk: Conversation, query: Query) -> dict[str, Any]:
    """What may have changed in an open one, from the message on `since` which it is open."""
    page = conversation.since(user, talk, str(query.get("since", "")))
    return _lines(user, talk, page)


def beside(user: User, talk: Conversation, query: Query) -> dict[str, Any]:
    """The list beside an open conversation, as it stands now."""
    return list_presentation.pane(user, talk.enterprise, _beside(query), talk.giccid)


def _beside(query: Query) -> ListFilter:
    """What the list shows; its place is `beside`: `before` is one of the conversation."""
    return replace(ListFilter.read(query), before=str(query.get("beside", "")), after="")


def _lines(user: User, talk: Conversation, page: Page) -> dict[str, Any]:
    address = reverse("messages:conversation", args=[talk.giccid])
    lines = list(bubbles.lines(user, page))
    new = talk.messages(user).filter(direction=Message.Direction.MO, read_at=None)
    return {
        "talk": talk,
        "lines": lines,
        "has_incoming": any(line["is_mo"] for line in lines),
        "is_newest": page.is_newest,
        "is_soon": any(line["message"].state in ("queued", "sending") for line in lines),
        "older_url": f"{address}?{urlencode({'before': page.older})}" if page.older else "",
        "newest_url": "" if page.is_newest else address,
        "since": page.since,
        "waiting": [bubbles.waiting(order) for order in conversation.to_come(user, talk)],
        "upto": max((message.pk for message in page.messages), default=0),
        "has_unread": page.is_newest and new.exists(),
        "may_work": user.has_perm("commands.run"),
        "csv_url": reverse("messages:conversation-csv", args=[talk.giccid]),
    }
