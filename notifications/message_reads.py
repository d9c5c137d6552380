"""Status reports of messages, asked back one by one: what `Query SMS` says judges the claim.

A message costs a call each, so no more than `AN_HOUR` are asked for an enterprise: a flood of reports, forged or not,
leaves the rest unverified. Only reports about SIMs we know are asked at all.
"""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta

from django.db.models import QuerySet

from enterprise.connections import client_for
from enterprise.models import Enterprise
from notifications.models import Event
from sims.models import Sim
from smarthub_client import SmartHubClient, SmartHubError
from smarthub_client.budget import Purpose
from smarthub_client.errors import InvalidArgument, NotFound, ValidationFailed

KIND = "mt-sms-status"
AN_HOUR = 60
_AT_ONCE = 5
_CALL_SECONDS = 10.0
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
    for event in telling:
        if (event.enterprise_id, event.giccid) in known:
            event.verdict = Event.Verdict.PENDING


def work(now: datetime) -> int:
    """A few for each enterprise that has some; how many were asked. No transaction is open meanwhile."""
    waiting = Event.objects.filter(kind=KIND, verdict=Event.Verdict.PENDING)
    enterprises = Enterprise.objects.filter(pk__in=waiting.order_by().values("enterprise").distinct())
    return sum(_of(enterprise, waiting.filter(enterprise=enterprise), now) for enterprise in enterprises)


def _of(enterprise: Enterprise, waiting: "QuerySet[Event]", now: datetime) -> int:
    room = AN_HOUR - asked_lately(enterprise.pk, now)
    if room <= 0:
        waiting.update(verdict=Event.Verdict.UNVERIFIED, settled_at=now)
        return 0
    events = list(waiting.order_by("pk")[: min(room, _AT_ONCE)])
    try:
        with closing(client_for(enterprise, purpose=Purpose.READ_BACK, seconds=_CALL_SECONDS)) as client:
            return _ask_each(client, events, now)
    except SmartHubError:  # the platform, the key or the budget: they wait, and stay unverified after a while
        return 0


def asked_lately(enterprise_id: int, now: datetime) -> int:
    """How many reports were asked back in the last hour; no further than `AN_HOUR`."""
    asked = Event.objects.filter(enterprise=enterprise_id, kind=KIND, settled_at__gt=now - timedelta(hours=1))
    return asked.exclude(observed=None).order_by()[:AN_HOUR].count()


def _verdict(claimed: str | None, read: str) -> Event.Verdict:
    """Two ends that differ are a contradiction; where one of them is on its way, the other only came sooner."""
    if claimed == read:
        return Event.Verdict.CONFIRMED
    is_over = claimed not in _UNDER_WAY and read not in _UNDER_WAY
    return Event.Verdict.CONTRADICTED if is_over else Event.Verdict.UNVERIFIED


def _ask_each(client: SmartHubClient, events: Sequence[Event], now: datetime) -> int:
    for event in events:
        try:
            observed = client.query_sms(message_of(event)).data["status"]
            verdict = _verdict(event.target, observed)
        except (NotFound, ValidationFailed, InvalidArgument):
            verdict, observed = Event.Verdict.CONTRADICTED, "unknown message"
        open_still = Event.objects.filter(pk=event.pk, verdict=Event.Verdict.PENDING)
        open_still.update(verdict=verdict, observed=observed, settled_at=now)
    return len(events)
