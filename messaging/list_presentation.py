"""What the list of conversations and messages is given."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from commands.fleet import SimCard, fleet
from commands.slices import Slice
from common.statuses import state_look
from enterprise.models import Enterprise
from messaging import lists, page_tabs, unread
from messaging.lists import ListFilter
from messaging.models import Message, Thread
from messaging.querysets import granted
from staff.models import User

BEFORE_A_HIT = 40
LONGEST = 160
MOST_SIMS = 5


def list_page(user: User, enterprise: Enterprise, chosen: ListFilter, seen: str) -> dict[str, Any]:
    """The whole page; `seen`: what it shows, in a word."""
    return pane(user, enterprise, chosen) | {
        "tabs": page_tabs.tabs(user, enterprise, "messages:list"),
        "live_url": reverse("messages:list-live") + chosen.query() if chosen.is_newest else "",
        "seen": seen,
    }


def pane(user: User, enterprise: Enterprise, chosen: ListFilter, open_giccid: str = "") -> dict[str, Any]:
    """Search, filters and lines: the page's own, or what stands beside an open conversation."""
    part = lists.found(user, enterprise, chosen)
    return {
        "chosen": chosen,
        "shows": _shows(user, enterprise, chosen),
        "rows": rows(user, enterprise, part, chosen, open_giccid),
        "sims": _sims(user, enterprise, chosen),
        "links": _links(chosen, part),
        "csv_url": reverse("messages:list-csv") + chosen.query(),
        "open_giccid": open_giccid,
    }


def _sims(user: User, enterprise: Enterprise, chosen: ListFilter) -> list[dict[str, str]]:
    """SIMs a search leads to, to write to them whether they have messages or not."""
    if not chosen.q or chosen.show or chosen.plan or not chosen.is_newest:
        return []
    found = fleet().find(user, enterprise.pk, chosen.q, MOST_SIMS + 1)
    cards = fleet().cards(enterprise.pk, found)
    return [
        {"name": cards[giccid].label or giccid, "url": reverse("messages:conversation", args=[giccid])}
        for giccid in found
        if giccid in cards
    ]


def _shows(user: User, enterprise: Enterprise, chosen: ListFilter) -> list[dict[str, Any]]:
    """The filters by state, as links that keep the search."""
    counts = {
        lists.UNREAD: unread.badge(user, enterprise),
        lists.UNKNOWN: lists.unclear_count(user, enterprise),
    }
    return _shown_plan(chosen) + [
        {
            "name": name,
            "label": label,
            "url": reverse("messages:list") + chosen.query(show="" if name == chosen.show else name),
            "active": name == chosen.show,
            "count": counts.get(name, ""),
        }
        for name, label in lists.SHOWS.items()
    ]


def _shown_plan(chosen: ListFilter) -> list[dict[str, Any]]:
    """That only one plan's messages are shown, and the way out."""
    if not chosen.plan:
        return []
    state = f": {state_look(chosen.state).label}" if chosen.state else ""
    url = reverse("messages:list") + chosen.query(plan="", state="")
    label = _("One plan%(state)s") % {"state": state}
    return [{"name": "plan", "label": label, "url": url, "active": True, "count": ""}]


def _links(chosen: ListFilter, part: Slice) -> dict[str, str]:
    """Ways on; empty where there is none."""
    address = reverse("messages:list")
    return {
        "first": address + chosen.query() if part.newer else "",
        "newer": address + chosen.query(after=part.newer) if part.newer else "",
        "older": address + chosen.query(before=part.older) if part.older else "",
    }


def rows(
    user: User, enterprise: Enterprise, part: Slice, chosen: ListFilter, open_giccid: str = ""
) -> list[dict[str, Any]]:
    """Lines of one page: a few questions, however long it is."""
    if chosen.is_of_messages:
        cards = cards_of(user, enterprise.pk, [message.giccid for message in part.rows])
        return [_found(message, cards, chosen) for message in part.rows]
    threads: Sequence[Thread] = part.rows
    last = lists.last_messages(user, enterprise, threads)
    new = unread.counts(user, enterprise, threads)
    cards = cards_of(user, enterprise.pk, [thread.giccid for thread in threads])
    return [
        _line(last[thread.giccid], cards, chosen)
        | {
            "key": f"thread-{thread.pk}",
            "unread": new.get(thread.giccid, 0),
            "active": thread.giccid == open_giccid,
        }
        for thread in threads
        if thread.giccid in last
    ]


def cards_of(user: User, enterprise_id: int, giccids: Iterable[str]) -> Mapping[str, SimCard]:
    """SIMs by ICCID, those of this person only: one may have moved to an account that is not theirs."""
    cards = fleet().cards(enterprise_id, sorted(set(giccids)))
    if user.sees_all_accounts:
        return cards
    own = granted(user)
    return {giccid: card for giccid, card in cards.items() if card.account_id in own}


def _line(message: Message, cards: Mapping[str, SimCard], chosen: ListFilter) -> dict[str, Any]:
    card = cards.get(message.giccid)
    return {
        "message": message,
        "look": state_look(shown_state(message)),
        "giccid": message.giccid,
        "label": card.label if card else "",
        "number": card.msisdn if card else "",
        "url": reverse("messages:conversation", args=[message.giccid]) + chosen.query(beside=chosen.before),
        "text": message.text[:LONGEST],
    }


def _found(message: Message, cards: Mapping[str, SimCard], chosen: ListFilter) -> dict[str, Any]:
    """A message that was found; it leads to its place in the conversation."""
    line = _line(message, cards, chosen)
    address = reverse("messages:conversation", args=[message.giccid])
    wanted = chosen.query(message=str(message.pk), beside=chosen.before)
    return line | {
        "key": f"found-{message.pk}",
        "url": f"{address}{wanted}#message-{message.pk}",
        "hit": hit(message.text, chosen.q),
    }


def shown_state(message: Message) -> str:
    """Of a message that was read with `shown`."""
    return str(getattr(message, "shown_state", message.state))


def hit(text: str, wanted: str) -> dict[str, str]:
    """The part of a text around what was searched for: {before, hit, after}; without a hit its beginning."""
    match = re.search(re.escape(wanted), text, re.IGNORECASE) if wanted else None
    if match is None:
        return {"before": text[:LONGEST], "hit": "", "after": ""}
    start = max(0, match.start() - BEFORE_A_HIT)
    return {
        "before": ("…" if start else "") + text[start : match.start()],
        "hit": match[0],
        "after": text[match.end() : match.end() + LONGEST],
    }
