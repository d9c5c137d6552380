"""Channels and deliveries in every state, and the looks at their pages, for `world.py` and `pages.py`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from enterprise.models import Enterprise
from notifications.models import Delivery, DeliveryAttempt
from tests.channel_factories import channel_of, told

_LONG = "车联网与智能表计联合运营中心" * 5


def build(main: Enterprise) -> None:
    """One channel of each kind and state, and a delivery of each outcome."""
    now = timezone.now()
    healthy = channel_of(main, name="Operations desk", last_delivered_at=now - timedelta(minutes=3))
    resting = channel_of(main, kind="chat", name=_LONG, failures=7, open_until=now + timedelta(days=2))
    channel_of(main, kind="teams", name="Field team", is_enabled=False, ended="gone", failures=1)
    people = [f"person{n}@example.com" for n in range(12)]
    mail = channel_of(main, kind="email", name="Mailing list", recipients=people, failures=2)
    for channel, outcome in [(healthy, one) for one in Delivery.Outcome] + [
        (mail, Delivery.Outcome.ACCEPTED)
    ]:
        delivery = told(channel, now, title=f"{outcome.label} {_LONG}", text=_LONG)
        is_good = outcome is Delivery.Outcome.ACCEPTED
        state = Delivery.State.DELIVERED if is_good else Delivery.State.FAILED
        values = {"outcome": outcome, "status": 200 if is_good else 503}
        Delivery.objects.filter(pk=delivery.pk).update(state=state, settled_at=now, attempts=3, **values)
        for seconds in (0.02, 9.99, None):
            DeliveryAttempt.objects.create(
                delivery=delivery, at=now, seconds=seconds, excerpt="x" * 400, **values
            )
    told(resting, now, title="Waits for a channel that rests")


def _delivery(**wanted: Any) -> Callable[[Any], dict[str, object]]:
    return lambda world: {"pk": world.enterprises["main"].deliveries.filter(**wanted).latest("pk").pk}


def _channel(**wanted: Any) -> Callable[[Any], dict[str, object]]:
    return lambda world: {"pk": world.enterprises["main"].channels.get(**wanted).pk}


LOOKS: dict[str, dict[str, Any]] = {
    "channels": {"route": "notifications:channels"},
    "channels, seen by a viewer": {"route": "notifications:channels", "person": "viewer"},
    "channels, none": {"route": "notifications:channels", "enterprise": "empty"},
    "new webhook": {"route": "notifications:channel-new", "args": lambda _world: {"kind": "webhook"}},
    "new mailing list": {"route": "notifications:channel-new", "args": lambda _world: {"kind": "email"}},
    "channel, its secret shown": {
        "route": "notifications:channel",
        "args": _channel(kind="webhook"),
        "query": "?secret=1",
    },
    "channel at rest": {"route": "notifications:channel", "args": _channel(kind="chat")},
    "channel that has ended": {"route": "notifications:channel", "args": _channel(kind="teams")},
    "mailing list": {"route": "notifications:channel", "args": _channel(kind="email")},
    "deliveries": {"route": "notifications:deliveries", "query": "?state=failed"},
    "deliveries, none": {"route": "notifications:deliveries", "enterprise": "empty", "person": "viewer"},
    "delivery that failed": {"route": "notifications:delivery", "args": _delivery(state="failed")},
    "delivery that waits": {
        "route": "notifications:delivery",
        "person": "viewer",
        "args": _delivery(state="waiting"),
    },
    "delivery by e-mail": {"route": "notifications:delivery", "args": _delivery(channel__kind="email")},
}
NOT_PAGES = {
    **{
        f"notifications:channel-{deed}": "answers a button" for deed in ("switch", "secret", "remove", "test")
    },
    "notifications:delivery-again": "answers a button",
}
