"""Status reports of messages, asked back one by one: what `Query SMS` says judges the claim.

Messages sent from here are asked about by `messaging.reports`, whose readings judge the claims (`settle`). Others cost
a call each, so no more than `AN_HOUR` are asked for an enterprise: a flood of reports, forged or not, leaves the rest
unverified. Only reports about SIMs we know are asked at all. An answer may prove what became of a message of ours that
got no answer: those SIMs come first, and have as many readings again.
"""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from enterprise.connections import client_for, storable
from enterprise.models import Enterprise
from messaging import evidence, reports
from messaging.models import Message
from notifications.models import Event
from sims.models import Sim
from smarthub_client import SmartHubClient, SmartHubError
from smarthub_client.budget import Purpose
from smarthub_client.errors import (
    BadAnswer,
    BadRequest,
    InvalidArgument,
    NotFound,
    UnexpectedStatus,
    ValidationFailed,
)

KIND = "mt-sms-status"
AN_HOUR = 60
_AT_ONCE = 5
_CALL_SECONDS = 10.0
_UNKNOWN = "unknown message"
_UNDER_WAY = (None, "PENDING", "SENT", "PROCESSING")


def message_of(event: Event) -> str:
    """Its `smsMsgId` (assumed), or empty."""
    value = event.claim.get("smsMsgId")
    return value if isinstance(value, str) and 0 < len(value) <= 200 else ""


def await_answers(events: Sequence[Event]) -> None:
    """Reports about SIMs we know wait for what the platform says of their message; joins the processing of pushes."""
    telling = [event for event in events if event.kind == KIND and event.giccid and message_of(event)]
    if not telling:
        return
    named = Sim.objects.filter(giccid__in={event.giccid for event in telling}).order_by()
    known = set(named.values_list("enterprise_id", "giccid"))
    own = _own(telling)
    for event in telling:
        said = own.get((event.enterprise_id, message_of(event)))
        if said:
            _judge(event, said)
        elif said == "" or (event.enterprise_id, event.giccid) in known:
            event.verdict = Event.Verdict.PENDING


def _own(events: Sequence[Event]) -> dict[tuple[int, str], str]:
    """What SmartHub said already of the messages that were sent from here; "" while it is asked."""
    found: dict[tuple[int, str], str] = {}
    for enterprise_id in sorted({event.enterprise_id for event in events}):
        claims = {message_of(e): e.target or "" for e in events if e.enterprise_id == enterprise_id}
        said = reports.hint(enterprise_id, claims)
        found |= {(enterprise_id, message_id): status for message_id, status in said.items()}
    return found


def _judge(event: Event, said: str) -> None:
    event.verdict, event.observed, event.settled_at = _verdict(event.target, said), said, timezone.now()


def settle(message: Message, said: str, _sent_at: datetime) -> None:
    """A message of ours was asked about: that judges what pushes claimed of it. See `messaging.hooks`."""
    waiting = Event.objects.filter(
        enterprise=message.enterprise_id,
        giccid=message.giccid,
        kind=KIND,
        verdict=Event.Verdict.PENDING,
        claim__smsMsgId=message.remote_id,
    )
    for event in waiting:
        verdict = _verdict(event.target, said) if said else Event.Verdict.CONTRADICTED
        waiting.filter(pk=event.pk).update(
            verdict=verdict, observed=said or _UNKNOWN, settled_at=timezone.now()
        )


def work(now: datetime) -> int:
    """A few for each enterprise that has some; how many were asked. No transaction is open meanwhile."""
    pending = Event.objects.filter(kind=KIND, verdict=Event.Verdict.PENDING)
    own = Message.objects.filter(
        enterprise=OuterRef("enterprise"), direction="mt", remote_id=OuterRef("message_id")
    )
    waiting = pending.annotate(message_id=KeyTextTransform("smsMsgId", "claim")).exclude(Exists(own))
    enterprises = Enterprise.objects.filter(pk__in=waiting.order_by().values("enterprise").distinct())
    return sum(_of(enterprise, waiting.filter(enterprise=enterprise), now) for enterprise in enterprises)


def _of(enterprise: Enterprise, waiting: "QuerySet[Event]", now: datetime) -> int:
    asked = asked_lately(enterprise.pk, now)
    urgent = waiting.filter(giccid__in=evidence.unclear_sims(enterprise.pk)).order_by("pk")
    events = list(urgent[: max(0, min(2 * AN_HOUR - asked, _AT_ONCE))])
    if not events and asked >= AN_HOUR:
        too_many = Event.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)))
        too_many.update(verdict=Event.Verdict.UNVERIFIED, settled_at=now)
        return 0
    events = events or list(waiting.order_by("pk")[: min(AN_HOUR - asked, _AT_ONCE)])
    try:
        with closing(client_for(enterprise, purpose=Purpose.READ_BACK, seconds=_CALL_SECONDS)) as client:
            return _ask_each(client, events, now)
    except SmartHubError:  # the platform, the key or the budget: they wait, and stay unverified after a while
        return 0


def asked_lately(enterprise_id: int, now: datetime) -> int:
    """How many reports were asked back in the last hour; no further than twice `AN_HOUR`."""
    asked = Event.objects.filter(enterprise=enterprise_id, kind=KIND, settled_at__gt=now - timedelta(hours=1))
    return asked.exclude(observed=None).order_by()[: 2 * AN_HOUR].count()


def _verdict(claimed: str | None, read: str) -> Event.Verdict:
    """Two ends that differ are a contradiction; where one of them is on its way, the other only came sooner."""
    if claimed == read:
        return Event.Verdict.CONFIRMED
    is_over = claimed not in _UNDER_WAY and read not in _UNDER_WAY
    return Event.Verdict.CONTRADICTED if is_over else Event.Verdict.UNVERIFIED


def _ask_each(client: SmartHubClient, events: Sequence[Event], now: datetime) -> int:
    for event in events:
        try:
            answer = client.query_sms(message_of(event)).data
            observed = storable(answer["status"], 60)
            verdict = _verdict(event.target, observed)
            evidence.consider(event.enterprise_id, event.giccid, message_of(event), dict(answer))
        except (NotFound, ValidationFailed, InvalidArgument):
            verdict, observed = Event.Verdict.CONTRADICTED, _UNKNOWN
        except (BadAnswer, BadRequest, UnexpectedStatus):  # about this one, and it says nothing
            verdict, observed = Event.Verdict.UNVERIFIED, "unreadable answer"
        open_still = Event.objects.filter(pk=event.pk, verdict=Event.Verdict.PENDING)
        open_still.update(verdict=verdict, observed=observed, settled_at=now)
    return len(events)
