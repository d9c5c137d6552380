"""What was ordered from here is no news when SmartHub reports it."""

from collections.abc import Sequence
from datetime import timedelta

from commands.models import Command, State
from notifications.models import Event

# An order may be reported before its outcome is read, and a report may come late.
_WITHIN = timedelta(days=1)
_SENT = (State.SENT, State.ACKED, State.UNKNOWN, State.NEEDS_HUMAN, State.APPLIED)
_STATUS = {"activate": "ACTIVATED", "suspend": "DEACTIVATED", "retire": "RETIRED"}


def ordered_here(enterprise_id: int, events: Sequence[Event]) -> set[int]:
    """Ids of events that only report what an order of the day before them wanted; one query at most."""
    telling = [event for event in events if event.kind in ("sim-status", "apn-status") and event.target]
    if not telling:
        return set()
    orders = Command.objects.filter(
        enterprise=enterprise_id,
        giccid__in={event.giccid for event in telling},
        state__in=_SENT,
        kind__in=[*_STATUS, "apn_status"],
        sent_at__gte=min(event.happened_at for event in telling) - _WITHIN,
    ).select_related("plan")
    wanted: dict[tuple[str, str, str], list[Command]] = {}
    for order in orders.only("giccid", "kind", "sent_at", "plan__params"):
        wanted.setdefault((order.giccid, *_wants(order)), []).append(order)
    return {
        event.pk
        for event in telling
        if any(_explains(order, event) for order in wanted.get(_told(event), []))
    }


def _wants(order: Command) -> tuple[str, str]:
    if order.kind in _STATUS:
        return "sim-status", _STATUS[order.kind]
    params = order.plan.params
    return f"apn-status:{params.get('apn', '')}", str(params.get("status", ""))


def _told(event: Event) -> tuple[str, str, str]:
    aspect = event.kind if event.kind == "sim-status" else f"{event.kind}:{event.claim.get('apnName', '')}"
    return event.giccid, aspect, event.target or ""


def _explains(order: Command, event: Event) -> bool:
    """Clocks of two houses differ a little."""
    slack = timedelta(minutes=2)
    sent_at = order.sent_at
    return sent_at is not None and sent_at - slack <= event.happened_at <= sent_at + _WITHIN
