"""CSV of exactly what a list or a conversation shows: the same filters, the same person's eyes, newest first."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from commands.fleet import SimCard
from common import formats
from common.spreadsheets import harmless
from common.statuses import state_look
from enterprise.models import Enterprise
from messaging import lists, unread
from messaging.access import Conversation
from messaging.list_presentation import cards_of, shown_state
from messaging.lists import ListFilter
from messaging.models import Message
from messaging.states import MessageState
from staff.models import User

PIECE = 1000
# With this mark Excel reads the file as UTF-8.
_MARK = "\ufeff"


class _Words:
    """In the language and zone of who asked: the file is made after their request has been answered."""

    def __init__(self) -> None:
        self.zone = timezone.get_current_timezone()
        self.directions = {str(value): str(label) for value, label in Message.Direction.choices}
        self.states = {str(value): str(state_look(value).label) for value in MessageState.values}


def list_csv(user: User, enterprise: Enterprise, chosen: ListFilter) -> Iterator[bytes]:
    """Conversations with their last message, or the messages that a search or filter finds."""
    if chosen.is_of_messages:
        found = lists.messages(user, enterprise, chosen).order_by("-at", "-pk")
        return _file(_heading(), _messages(user, enterprise, found, _Words()))
    threads = lists.threads(user, enterprise, chosen).order_by("-last_at", "-pk")
    return _file([*_heading(), _("Unread")], _conversations(user, enterprise, threads, _Words()))


def talk_csv(user: User, talk: Conversation) -> Iterator[bytes]:
    """Every message of one conversation."""
    found = talk.messages(user).shown().order_by("-at", "-pk")
    return _file(_heading(), _messages(user, talk.enterprise, found, _Words()))


def _heading() -> list[str]:
    zone = timezone.get_current_timezone_name()
    return [
        "ICCID",
        "MSISDN",
        _("Label"),
        _("Direction"),
        _("State"),
        _("Text"),
        _("Time (UTC)"),
        _("Local time (%(zone)s)") % {"zone": zone},
        _("Sent by"),
        _("Reported (not verified)"),
        _("Delivered (UTC)"),
        "smsMsgId",
    ]


def _messages(
    user: User, enterprise: Enterprise, found: "QuerySet[Message]", words: _Words
) -> Iterator[list[str]]:
    for rows in _pieces(found.select_related("author")):
        cards = cards_of(user, enterprise.pk, [row.giccid for row in rows])
        yield from (_row(row, cards.get(row.giccid), words) for row in rows)


def _conversations(
    user: User, enterprise: Enterprise, found: "QuerySet[Any]", words: _Words
) -> Iterator[list[str]]:
    for threads in _pieces(found):
        last = lists.last_messages(user, enterprise, threads)
        new = unread.counts(user, enterprise, threads)
        cards = cards_of(user, enterprise.pk, [row.giccid for row in threads])
        for row in threads:
            if message := last.get(row.giccid):
                yield [*_row(message, cards.get(row.giccid), words), str(new.get(row.giccid, 0))]


def _row(message: Message, card: SimCard | None, words: _Words) -> list[str]:
    return [
        message.giccid,
        card.msisdn if card else "",
        card.label if card else "",
        words.directions[message.direction],
        words.states[shown_state(message)],
        message.text,
        formats.utc_text(message.at),
        message.at.astimezone(words.zone).strftime("%Y-%m-%d %H:%M:%S"),
        message.author.display_name if message.author else "",
        message.claimed,
        formats.utc_text(message.delivered_at) if message.delivered_at else "",
        message.remote_id,
    ]


def _pieces(found: "QuerySet[Any]") -> Iterator[list[Any]]:
    """The rows as they were when the file began, some at a time."""
    waiting: list[Any] = []
    with transaction.atomic():  # one view of the rows, and a cursor that stays on the server
        for row in found.iterator(chunk_size=PIECE):
            waiting.append(row)
            if len(waiting) == PIECE:
                yield waiting
                waiting = []
        yield waiting


def _file(head: list[str], rows: Iterable[list[str]]) -> Iterator[bytes]:
    """Piece by piece. A failure in the middle breaks the download: never a short file that looks whole."""
    yield (_MARK + _lines([head])).encode()
    waiting: list[list[str]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == PIECE:
            yield _lines(waiting).encode()
            waiting = []
    yield _lines(waiting).encode()


def _lines(rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()
