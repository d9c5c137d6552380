"""What became of messages SmartHub accepted: a push is a hint, `Query SMS` tells the truth.

Claimed ones are asked about at once, the others ever more seldom until the enterprise's patience ends in "no report"; a
push that comes later still counts. `AN_HOUR` readings at most for an enterprise: many reports, forged or not, leave the
rest "reported, not verified". A state never moves backwards: each change names the states it may come from.
"""

import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, F, Max, OuterRef, QuerySet, Value, When
from django.db.models.functions import Least
from django.utils import timezone

from enterprise.connections import client_for, note_rate, storable
from enterprise.models import Enterprise
from messaging import hooks
from messaging.kind import policy_of
from messaging.models import Message
from messaging.states import ASKABLE, NEVER, REPORTED, MessageState, before
from messaging.times import moment
from mirror import leases
from smarthub_client import ConfigurationError, SmartHubClient, SmartHubError
from smarthub_client.budget import Purpose
from smarthub_client.errors import BadAnswer, BadRequest, InvalidArgument, UnexpectedStatus, ValidationFailed

PIECE_SECONDS = 2.0
CALL_SECONDS = 4.0
"""Short: a platform that answers slowly must not hold up those who send."""
LEASE = timedelta(seconds=30)
AT_ONCE = 25
AN_HOUR = 1000
PAUSES = (40, 120, 600, 1800, 7200, 6 * 3600, 12 * 3600)
"""Seconds between two readings of one message."""
EAGER = 4
"""So many readings of one message a push may hasten."""


# --- hints


def hint(enterprise_id: int, claims: dict[str, str]) -> dict[str, str]:
    """A push claims {smsMsgId: status}. Ours are asked about soon; joins the transaction.

    One that was asked about a few times already is not asked at once for each further claim: whoever knows an id could
    use up the hour's requests. Returns {smsMsgId: what SmartHub said of it already} for ours, "" for those asked about
    now.
    """
    now = timezone.now()
    own = Message.objects.filter(enterprise=enterprise_id, direction="mt", remote_id__in=list(claims))
    found: dict[str, str] = {}
    for message in own.exclude(remote_id="").order_by("pk"):
        claimed = claims[message.remote_id][:60]
        news = Message.objects.filter(pk=message.pk, state__in=ASKABLE).exclude(
            state=REPORTED.get(claimed.upper(), "")
        )
        eager = message.polls < EAGER
        run_at = now if eager else Least(F("run_at"), now + timedelta(seconds=_pause(message)))
        is_asked = news.update(claimed=claimed, run_at=run_at, changed_at=now)
        found[message.remote_id] = "" if is_asked else message.remote_status
    return found


# --- reading


def wanting(now: datetime) -> list[int]:
    """Enterprises with messages to ask about now."""
    has_some = Exists(_due(now).filter(enterprise=OuterRef("pk")).order_by())
    return list(Enterprise.objects.filter(has_some).order_by("pk").values_list("pk", flat=True))


def _due(now: datetime) -> "QuerySet[Message]":
    return leases.claimable(Message.objects.filter(state__in=ASKABLE).exclude(run_at=NEVER), now)


def work(enterprise_id: int, *, seconds: float = PIECE_SECONDS) -> int:
    """Asks about what is due, claimed ones first; how many were asked. No transaction is open meanwhile."""
    until, asked = time.monotonic() + seconds, 0
    enterprise = Enterprise.objects.get(pk=enterprise_id)
    for purpose, claimed in ((Purpose.READ_BACK, True), (Purpose.POLL, False)):
        try:
            client = client_for(enterprise, purpose=purpose, seconds=CALL_SECONDS)
        except ConfigurationError:
            return asked
        with closing(client):
            while time.monotonic() < until:
                rows = _claim(enterprise_id, timezone.now(), claimed=claimed)
                if not rows:
                    break
                done = _ask(enterprise, client, rows, until)
                asked += done
                if done < len(rows):
                    break
    return asked


def _claim(enterprise_id: int, now: datetime, *, claimed: bool) -> list[Message]:
    """A few that are due, held by nobody; none once the hour's readings are used up."""
    room = AN_HOUR - asked_lately(enterprise_id, now)
    if room <= 0:
        return []
    due = _due(now).filter(enterprise=enterprise_id)
    due = due.exclude(claimed="") if claimed else due.filter(claimed="")
    with transaction.atomic():
        free = due.order_by("claimed", "run_at").select_for_update(skip_locked=True)
        rows = list(free[: min(room, AT_ONCE)])
        ids = [row.pk for row in rows]
        highest = Message.objects.filter(pk__in=ids).aggregate(top=Max("fence"))["top"] or 0
        Message.objects.filter(pk__in=ids).update(fence=highest + 1, lease_until=now + LEASE)
        for row in rows:
            row.fence = highest + 1
    return rows


def asked_lately(enterprise_id: int, now: datetime) -> int:
    """Readings in the last hour or more: all there were of messages that were read in it."""
    asked = Message.objects.filter(enterprise=enterprise_id, polls__gt=0)
    lately = asked.filter(reported_at__gt=now - timedelta(hours=1)).order_by()
    return sum(lately.values_list("polls", flat=True)[:AN_HOUR])


def _ask(enterprise: Enterprise, client: SmartHubClient, rows: Sequence[Message], until: float) -> int:
    """How many were asked; the rest is due again, when the platform or the budget allows."""
    for number, row in enumerate(rows):
        if time.monotonic() >= until:
            _give_back(rows[number:], timezone.now())
            return number
        sent_at = timezone.now()
        try:
            reply = client.query_sms(row.remote_id)
            note_rate(enterprise, reply.rate)
            answer: dict[str, Any] = dict(reply.data)
        except SmartHubError as error:
            note_rate(enterprise, error.rate)
            if not _is_about_it(error):
                _give_back(rows[number:], _retry_at(error))
                return number
            if not isinstance(error, ValidationFailed):
                _unreadable(row, sent_at)
                continue
            answer = {}
        told(row, answer, sent_at)
    return len(rows)


def _is_about_it(error: SmartHubError) -> bool:
    """Whether it says something about this one message, and nothing about the next."""
    return isinstance(error, BadAnswer | BadRequest | InvalidArgument | UnexpectedStatus | ValidationFailed)


def _unreadable(row: Message, sent_at: datetime) -> None:
    """Counted as a reading, so that it comes up ever more seldom and ends like the others."""
    ours = Message.objects.filter(pk=row.pk, fence=row.fence, state__in=ASKABLE)
    read = {"reported_at": sent_at, "lease_until": None, "polls": F("polls") + 1}
    ours.update(**read, **_next(row, None, timezone.now()))


def _retry_at(error: SmartHubError) -> datetime:
    later = getattr(error, "retry_at", None) or getattr(error, "reset_at", None)
    return later or timezone.now() + timedelta(seconds=15)


def _give_back(rows: Sequence[Message], run_at: datetime) -> None:
    ours = Message.objects.filter(pk__in=[row.pk for row in rows], fence=rows[0].fence)
    ours.update(lease_until=None, run_at=run_at)


# --- verdicts


def told(message: Message, answer: dict[str, Any], sent_at: datetime) -> None:
    """What `Query SMS` says of a message; {}: it does not know it. A late holder changes nothing."""
    now = timezone.now()
    status = storable(str(answer.get("status") or ""), 60)
    end = REPORTED.get(status.upper())
    with transaction.atomic():
        ours = Message.objects.filter(pk=message.pk, fence=message.fence, state__in=ASKABLE)
        read = {"remote_status": status, "reported_at": sent_at, "lease_until": None, "polls": F("polls") + 1}
        if not ours.update(**read, **_next(message, end, now)):
            return
        if end is not None:
            ahead = Message.objects.filter(pk=message.pk, state__in=before(end))
            ahead.update(state=end, changed_at=now, delivered_at=moment(answer.get("deliveredTime")))
        for tell in hooks.after_report:
            tell(message, status, sent_at)


def _next(message: Message, end: MessageState | None, now: datetime) -> dict[str, Any]:
    """When it is asked about next; without a report for too long it says so, and waits for a push only."""
    if end is not None:
        return {"run_at": _unless_claimed(message, NEVER)}
    patience = timedelta(hours=policy_of(message.enterprise_id).report_hours)
    deadline = (message.accepted_at or message.at) + patience
    if now >= deadline:
        over = {} if message.state != MessageState.ACCEPTED else {"state": MessageState.NO_REPORT}
        return {"run_at": _unless_claimed(message, NEVER), "changed_at": now, **over}
    later = min(now + timedelta(seconds=_pause(message)), deadline)
    return {"run_at": _unless_claimed(message, later)}


def _unless_claimed(message: Message, run_at: datetime) -> Case:
    """A push that came while it was being read hastens the next reading all the same."""
    same = When(claimed=message.claimed, then=Value(run_at))
    return Case(same, default=F("run_at"), output_field=DateTimeField())


def _pause(message: Message) -> int:
    return PAUSES[min(message.polls, len(PAUSES) - 1)]


def close_overdue(now: datetime) -> int:
    """Messages that could not be asked about (no budget, platform away) long after the patience ended."""
    closed = 0
    waiting = Message.objects.filter(state=MessageState.ACCEPTED)
    for enterprise_id in Enterprise.objects.values_list("pk", flat=True):
        limit = now - timedelta(hours=policy_of(enterprise_id).report_hours + 1)
        late = waiting.filter(enterprise=enterprise_id, at__lt=limit, accepted_at__lt=limit)
        closed += late.update(state=MessageState.NO_REPORT, run_at=NEVER, changed_at=now)
    return closed
