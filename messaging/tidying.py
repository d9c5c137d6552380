"""Retention: what is older than the enterprise keeps goes, a piece at a time, and its text in plans and orders too."""

import time
from datetime import datetime, timedelta

from commands.models import Command, Plan
from commands.states import MESSAGE, TERMINAL
from enterprise.models import Enterprise
from messaging.kind import policy_of
from messaging.models import Message
from messaging.states import MessageState

PIECE = 2000
SECONDS = 60.0
UNFINISHED = (MessageState.QUEUED, MessageState.SENDING, MessageState.UNKNOWN)


def tidy(now: datetime, *, seconds: float = SECONDS) -> int:
    """How many messages are gone. One run at most for `seconds`; the next hour goes on."""
    until, gone = time.monotonic() + seconds, 0
    for enterprise_id in Enterprise.objects.values_list("pk", flat=True):
        limit = now - timedelta(days=policy_of(enterprise_id).keep_days)
        old = Message.objects.filter(enterprise=enterprise_id, at__lt=limit).order_by("at")
        old = old.exclude(state__in=UNFINISHED)  # somebody or something still waits for these
        while ids := list(old.values_list("pk", flat=True)[:PIECE]):
            if time.monotonic() > until:
                return gone
            gone += Message.objects.filter(pk__in=ids)._raw_delete(Message.objects.db)
        _forget_texts(enterprise_id, limit)
    return gone


def _forget_texts(enterprise_id: int, limit: datetime) -> None:
    """Orders and plans stay as long as the history does, without what was said."""
    plans = Plan.objects.filter(enterprise=enterprise_id, kind=MESSAGE, created_at__lt=limit)
    ended = plans.exclude(params={}).exclude(state__in=Plan.OPEN).order_by("created_at")
    for plan in ended.only("pk", "state")[:PIECE]:
        lines = Command.objects.filter(plan=plan, changed_at__lt=limit, state__in=TERMINAL).exclude(after="")
        lines.update(after="")
        if not Command.objects.filter(plan=plan).exclude(after="").exists():
            Plan.objects.filter(pk=plan.pk).update(params={})
