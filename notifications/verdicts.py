"""Whether a reading confirms what a push claimed. The mirror takes what the API says; this only tells people."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from notifications import pace
from notifications.models import Event
from sims.changes import objects, text_of
from sims.models import Hint, Sim
from smarthub_client.times import parse_time_or_none

# Usage goes on while a push is on its way, and is rounded differently in different places.
_USAGE_SLACK = 0.02
_USAGES = {"DATA": "data_used_mb", "SMS": "sms_used", "VOICE": "voice_used_min"}
_FORGOTTEN_AFTER = timedelta(minutes=10)
Finding = tuple[bool | None, Any]
"""Whether it fits (None: can't be told), and what the reading says."""


def settle(enterprise_id: int, giccids: Collection[str], sent_at: datetime) -> None:
    """An answer to a request sent at `sent_at` told of these SIMs: judges the claims that waited for it."""
    waiting = Event.objects.filter(
        enterprise=enterprise_id,
        giccid__in=giccids,
        verdict=Event.Verdict.PENDING,
        hinted_at__lte=sent_at,
    )
    events = list(waiting.order_by("pk").select_for_update(skip_locked=True))
    if not events:
        return
    named = Sim.objects.filter(enterprise=enterprise_id, giccid__in={event.giccid for event in events})
    sims = {sim.giccid: sim for sim in named}
    now = timezone.now()
    for event in events:
        judge(event, sims.get(event.giccid))
        event.settled_at = now
    _spare_overtaken(events)
    if any(event.is_news and event.verdict == Event.Verdict.CONFIRMED for event in events):
        transaction.on_commit(lambda: pace.reward(enterprise_id, now), robust=True)
    Event.objects.bulk_update(events, ["verdict", "observed", "settled_at"], batch_size=500)


def close_forgotten(now: datetime) -> int:
    """Claims whose SIM could not be read after all tries stay unverified. How many."""
    old = Event.objects.filter(verdict=Event.Verdict.PENDING, created_at__lt=now - _FORGOTTEN_AFTER)
    count = 0
    for event in old.order_by("pk")[:500]:
        if not Hint.objects.filter(enterprise=event.enterprise_id, giccid=event.giccid).exists():
            same = Event.objects.filter(pk=event.pk, verdict=Event.Verdict.PENDING)
            count += same.update(verdict=Event.Verdict.UNVERIFIED, settled_at=now)
    return count


def judge(event: Event, sim: Sim | None) -> None:
    """Sets verdict and what was observed."""
    fits, observed = (None, None) if sim is None else compare(event, sim)
    verdicts = {
        True: Event.Verdict.CONFIRMED,
        False: Event.Verdict.CONTRADICTED,
        None: Event.Verdict.UNVERIFIED,
    }
    event.verdict, event.observed = verdicts[fits], observed


def compare(event: Event, sim: Sim) -> Finding:
    """The claim beside what the mirror holds."""
    return _FINDERS[event.kind](event, sim)


def _spare_overtaken(events: Iterable[Event]) -> None:
    """A → B and B → C, read once: C fits the second; the first is not contradicted by that, only overtaken."""
    told = list(events)
    left: dict[tuple[str, str, str | None], datetime] = {
        (event.kind, event.giccid, event.original): event.happened_at
        for event in told
        if event.verdict == Event.Verdict.CONFIRMED and event.original is not None
    }
    for event in sorted(told, key=lambda event: event.happened_at, reverse=True):
        later = left.get((event.kind, event.giccid, event.target))
        if event.verdict == Event.Verdict.CONTRADICTED and later and event.happened_at <= later:
            event.verdict = Event.Verdict.UNVERIFIED
            left[(event.kind, event.giccid, event.original)] = event.happened_at


def _status(event: Event, sim: Sim) -> Finding:
    return _same(event.target, sim.status)


def _apn(event: Event, sim: Sim) -> Finding:
    name = event.claim.get("apnName")
    found = [apn for apn in objects(sim.raw.get("apnList")) if name is None or apn.get("apnName") == name]
    states = sorted({text_of(apn.get("apnStatus")) or "" for apn in found})
    if event.target is None or not states:
        return None, states or None
    return states == [event.target], ", ".join(states)


def _imei(event: Event, sim: Sim) -> Finding:
    imeis = [text_of(device.get("imei")) for device in objects(sim.raw.get("deviceInfo"))]
    known = [imei for imei in imeis if imei]
    if event.target is None or not known:
        return None, ", ".join(known) or None
    return event.target in known, ", ".join(known)


def _usage(event: Event, sim: Sim) -> Finding:
    """Confirmed by a reading at least as high; units are assumed to be those of the SIM itself."""
    column = _USAGES.get(str(event.claim.get("usageType", "DATA")).upper())
    claimed = _number(event.target)
    if column is None or claimed is None:
        return None, None
    read: float = getattr(sim, column)
    return read >= claimed * (1 - _USAGE_SLACK), read


def _prepaid_usage(event: Event, sim: Sim) -> Finding:
    """Only the basic package's counters are in what we read."""
    if event.claim.get("servicePackageName") not in (None, sim.package_name):
        return None, sim.package_name
    return _usage(event, sim)


def _expiry(event: Event, sim: Sim) -> Finding:
    ends = parse_time_or_none(event.target)
    if event.claim.get("servicePackageName") != sim.package_name or ends is None:
        return None, sim.package_name
    seen = sim.package_ends_at
    return seen == ends.replace(microsecond=0), seen.isoformat() if seen else None


def _same(claimed: str | None, read: str) -> Finding:
    return (None if claimed is None else claimed == read), read


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _nothing(_event: Event, _sim: Sim) -> Finding:
    return None, None


_FINDERS = {
    "sim-status": _status,
    "apn-status": _apn,
    "imei-change": _imei,
    "cycle-usage": _usage,
    "prepaid-expired": _expiry,
    "prepaid-traffic": _prepaid_usage,
    "mt-sms-status": _nothing,
    "mo-sms": _nothing,
    "no-session": _nothing,
}
