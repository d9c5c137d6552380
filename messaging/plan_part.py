"""What the page of a plan shows of its messages: how far they came, and what became of each."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commands.models import Command, Plan
from commands.page_parts import LineWords, Part
from commands.states import MESSAGE
from common import formats
from common.statuses import state_look
from messaging.models import Message
from messaging.states import SILENCE, MessageState
from messaging.texts import Length, measure
from staff.models import User

S = MessageState
ACCEPTED = (S.ACCEPTED, S.NO_REPORT, S.FAILED, S.DELIVERED)
SENT = (*ACCEPTED, S.SENDING, S.UNKNOWN, S.REFUSED, S.NOT_SENT)
ENDS = (S.DELIVERED, S.ACCEPTED, S.FAILED, S.NO_REPORT, S.UNKNOWN, S.REFUSED, S.NOT_SENT, S.CANCELLED)
_SECONDS = 5


def counts_of(user: User, plan: Plan) -> dict[str, int]:
    """{state: messages} as shown. Read from an index; only a request under way is looked at itself."""
    own = Message.objects.visible_to(user).filter(plan_id=plan.pk)
    found = dict(own.order_by().values_list("state").annotate(n=Count("pk")))
    if found.get(S.SENDING):
        silent = own.filter(state=S.SENDING, sent_at__lt=timezone.now() - SILENCE).count()
        found[S.UNKNOWN] = found.get(S.UNKNOWN, 0) + silent
        found[S.SENDING] -= silent
    return {str(state): count for state, count in found.items() if count}


def funnel(user: User, plan: Plan) -> Part | None:
    """Of a plan of messages that was released."""
    if plan.kind != MESSAGE or not plan.tally:
        return None
    counts = counts_of(user, plan)
    total = plan.changing
    steps = [(_("To send"), total), (_("Sent"), _sum(counts, SENT)), (_("Accepted"), _sum(counts, ACCEPTED))]
    waits = any(counts.get(state) for state in (S.ACCEPTED, S.SENDING, S.QUEUED))
    context = {
        "steps": [_bar(label, count, total) for label, count in steps],
        "ends": [_end(plan, state, counts[state], total) for state in ENDS if counts.get(state)],
        "total": total,
    }
    return Part("messaging/_funnel.html", context, _SECONDS if waits else None)


def line_words(lines: Sequence[Command]) -> Mapping[int, LineWords]:
    """How long each text is, and where its message stands."""
    ids = [line.pk for line in lines]
    shown = Message.objects.shown().filter(command__in=ids).order_by()
    states = {message.command_id: str(getattr(message, "shown_state", "")) for message in shown}
    return {line.pk: LineWords(_length(line.after), _state(line, states)) for line in lines}


def _state(line: Command, states: Mapping[int | None, str]) -> str:
    """A line that was taken back is planned again, whatever its message still says."""
    return states.get(line.pk, "") if line.queued_at else ""


def _length(text: str) -> str:
    if not text:
        return ""
    length: Length = measure(text)
    parts = ngettext("%(n)s part", "%(n)s parts", length.parts) % {"n": formats.count(length.parts)}
    characters = ngettext("%(n)s character", "%(n)s characters", length.characters)
    return f"{length.encoding} · {parts} · {characters % {'n': formats.count(length.characters)}}"


def _sum(counts: Mapping[str, int], states: Sequence[MessageState]) -> int:
    return sum(counts.get(state, 0) for state in states)


def _bar(label: str, count: int, total: int) -> dict[str, Any]:
    return {"label": label, "count": count, "percent": percent(count, total)}


def _end(plan: Plan, state: MessageState, count: int, total: int) -> dict[str, Any]:
    address = reverse("messages:list")
    query = urlencode({"plan": plan.pk, "state": str(state)})
    return _bar(str(state.label), count, total) | {
        "state": str(state),
        "tone": state_look(state).tone,
        "url": f"{address}?{query}",
    }


def percent(count: int, total: int) -> str:
    """A whole number for people; never 0 or 100 where it is a little more or less."""
    if not total:
        return ""
    share = round(100 * count / total)
    if share == 0 and count:
        return "< 1 %"
    return "> 99 %" if share == 100 and count != total else f"{share} %"
