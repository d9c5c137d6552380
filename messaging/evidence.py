"""Whether a message SmartHub tells of can only be one whose outcome we do not know.

SmartHub is asked about an id that a push named (`Query SMS`; the push itself proves nothing). The answer is a proof
when SIM and text are those of one request of ours without an answer, and it was made while that request was under way.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from commands import proofs
from commands.claims import CALL_SECONDS
from commands.models import Attempt, Command
from commands.querysets import CommandQuerySet
from commands.states import MESSAGE
from messaging.models import Message
from messaging.times import moment

CLOCKS_DIFFER = timedelta(seconds=5)


def unclear_sims(enterprise_id: int) -> list[str]:
    """SIMs about whose messages an unknown id could prove something."""
    return list(_unclear(enterprise_id).order_by().values_list("giccid", flat=True).distinct()[:1000])


def consider(enterprise_id: int, giccid: str, remote_id: str, answer: dict[str, Any]) -> bool:
    """Settles the one message the answer can only be about; whether it did."""
    text, created = answer.get("messageText"), moment(answer.get("createdTime"))
    if answer.get("toGiccid") != giccid or not isinstance(text, str) or created is None:
        return False
    if Message.objects.filter(enterprise=enterprise_id, remote_id=remote_id, direction="mt").exists():
        return False
    tries = [attempt for attempt in _unanswered(enterprise_id, giccid, text) if _is_then(attempt, created)]
    if len(tries) != 1 or tries[0].command is None or tries[0].issue != tries[0].command.issue:
        return False
    entry = {"by": "report", "smsMsgId": remote_id}
    return proofs.prove(tries[0].command, remote_id=remote_id, entry=entry)


def _unanswered(enterprise_id: int, giccid: str, text: str) -> "QuerySet[Attempt]":
    """Requests whose answer nobody saw, whatever a person has decided about them since or had sent again."""
    orders = Command.objects.filter(enterprise=enterprise_id, giccid=giccid, kind=MESSAGE, after=text)
    tries = Attempt.objects.filter(command__in=orders, outcome__in=("", "unknown"))
    return tries.select_related("command__plan")


def _unclear(enterprise_id: int) -> CommandQuerySet:
    rows = Command.objects.filter(enterprise=enterprise_id, kind=MESSAGE, remote_id="")
    return rows.filter(state__in=proofs.PROVABLE)


def _is_then(attempt: Attempt, created: datetime) -> bool:
    """SmartHub's times are whole seconds; its clock may differ from ours by a few."""
    last = attempt.sent_at + timedelta(seconds=CALL_SECONDS) + CLOCKS_DIFFER
    return attempt.sent_at - CLOCKS_DIFFER <= created <= last
