"""One message as it stands in its conversation: who said it, what became of it, how sure that is, what to do."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commands.models import Command, State
from commands.page_tabs import address
from commands.why import why_text
from common import formats
from common.statuses import state_look
from messaging.conversation import Page, day_of
from messaging.list_presentation import shown_state
from messaging.models import Message
from messaging.states import ASKABLE, REPORTED, MessageState
from staff.models import User

S = MessageState
NOTES: Mapping[str, Promise] = {
    S.UNKNOWN: gettext_lazy(
        "SmartHub gave no answer: it may have been sent, or not. The portal never sends it again by itself."
    ),
    S.FAILED: gettext_lazy("SmartHub reports that it was not delivered."),
    S.NO_REPORT: gettext_lazy(
        "SmartHub took it and never said what became of it. A later report still counts."
    ),
}


def lines(user: User, page: Page) -> Iterator[dict[str, Any]]:
    """Messages with the day above the first of each."""
    orders = _orders([message.command_id for message in page.messages if message.command_id])
    previous = page.previous
    for message in page.messages:
        day = day_of(message.at)
        heading = day_words(day) if day != previous else ""
        previous = day
        yield bubble(user, message, orders.get(message.command_id or 0)) | {"day": heading}


def _orders(ids: list[int]) -> dict[int, Command]:
    """What else is known of them; an order may be tidied away before its message."""
    return Command.objects.only("pk", "state", "why", "error", "group").in_bulk(ids)


def day_words(day: date) -> str:
    away = (timezone.localdate() - day).days
    if away in (0, 1):
        return _("Yesterday") if away else _("Today")
    return date_format(day, "DATE_FORMAT")


def bubble(user: User, message: Message, order: Command | None) -> dict[str, Any]:
    state = shown_state(message)
    return {
        "message": message,
        "is_mo": message.is_mo,
        "look": state_look(state),
        "time": timezone.localtime(message.at).strftime("%H:%M"),
        "hover": _hover(message),
        "who": message.author.display_name if message.author else "",
        "told": " · ".join(_told(message)),
        "claim": _claim(message),
        "note": str(NOTES[state]) if state == S.UNKNOWN else _reason(state, order),
        "is_unknown": state == S.UNKNOWN,
        "order_url": address("commands:detail", order.pk) if order else "",
        "must_decide": order is not None
        and order.state == State.NEEDS_HUMAN
        and user.has_perm("commands.decide"),
    }


def _hover(message: Message) -> str:
    return f"{formats.local_text(message.at)} · {formats.utc_text(message.at)} · {formats.age(message.at)}"


def _told(message: Message) -> Iterator[str]:
    """What the state means, where it comes from, and how old that is."""
    if note := NOTES.get(message.state):
        yield str(note)
    if message.is_mo:
        yield _("From a push of SmartHub")
    if message.accepted_at:
        yield _("accepted %(time)s") % {"time": formats.local_text(message.accepted_at)}
    if message.reported_at:
        said = {"word": message.remote_status or "–", "time": formats.local_text(message.reported_at)}
        yield _("SmartHub said “%(word)s” when asked at %(time)s") % said
    if message.delivered_at:
        yield _("delivered %(time)s by SmartHub's clock") % {"time": formats.utc_text(message.delivered_at)}
    if message.remote_id:
        yield message.remote_id


def _claim(message: Message) -> str:
    """What a push said and nobody has read yet."""
    is_open = message.state in ASKABLE and message.claimed
    if not is_open or REPORTED.get(message.claimed.upper()) == message.state:
        return ""
    end = REPORTED.get(message.claimed.upper())
    word = str(state_look(end).label) if end else message.claimed
    return _("Reported “%(word)s”, not verified yet") % {"word": word}


def _reason(state: str, order: Command | None) -> str:
    """Why it was not sent, of one that was not."""
    if order is None or state not in (S.REFUSED, S.NOT_SENT, S.CANCELLED):
        return ""
    parts = (why_text(order.why, order.group), order.error)
    return ": ".join(dict.fromkeys(part for part in parts if part))


def waiting(order: Command) -> dict[str, Any]:
    """A message that stands in a plan."""
    is_next = order.plan.state == order.plan.State.RUNNING
    return {
        "order": order,
        "look": state_look("queued" if is_next else order.plan.state),
        "text": order.after,
        "who": order.plan.created_by.display_name if order.plan.created_by else "",
        "start_at": order.plan.start_at,
        "is_awaiting": order.plan.state == order.plan.State.AWAITING,
        "plan_url": address("commands:plan", order.plan_id),
    }
