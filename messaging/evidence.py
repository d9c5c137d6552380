"""Whether a message SmartHub tells of can only be one whose outcome we do not know.

SmartHub is asked about an id that a push named (`Query SMS`; the push itself proves nothing). The answer is a proof
when SIM and text are those of one message of ours without an id, and it was made while that request was under way.
"""

from datetime import datetime, timedelta
from typing import Any

from commands import proofs
from commands.claims import CALL_SECONDS
from commands.models import Command
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
    alike = _unclear(enterprise_id).filter(giccid=giccid, after=text).select_related("plan")
    rows = [row for row in alike if _is_then(row, created)]
    if len(rows) != 1:
        return False
    return proofs.prove(rows[0], remote_id=remote_id, entry={"by": "report", "smsMsgId": remote_id})


def _unclear(enterprise_id: int) -> CommandQuerySet:
    rows = Command.objects.filter(enterprise=enterprise_id, kind=MESSAGE, remote_id="")
    return rows.filter(state__in=proofs.PROVABLE)


def _is_then(command: Command, created: datetime) -> bool:
    """SmartHub's times are whole seconds; its clock may differ from ours by a few."""
    if command.sent_at is None:
        return False
    last = command.sent_at + timedelta(seconds=CALL_SECONDS) + CLOCKS_DIFFER
    return command.sent_at - CLOCKS_DIFFER <= created <= last
