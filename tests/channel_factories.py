"""Channels as an administrator would have set them up, and messages for them."""

from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from enterprise.models import Enterprise
from notifications import outbound_signing
from notifications.models import Channel, Delivery
from notifications.outbound import Message, announce

_NUMBERS = count(1)


def channel_of(
    enterprise: Enterprise, url: str = "https://hooks.example.com/x", *, secret: str = "", **values: Any
) -> Channel:
    """A webhook unless `kind` says otherwise; e-mail takes `recipients`."""
    channel = Channel(
        enterprise=enterprise, **{"kind": "webhook", "name": f"Channel {next(_NUMBERS)}"} | values
    )
    if channel.kind == Channel.Kind.EMAIL:
        channel.recipients = channel.recipients or ["desk@example.com"]
    else:
        channel.set_secret("url", url)
        channel.host = "https://hooks.example.com"
    if channel.is_signed:
        channel.set_secret("secret", secret or outbound_signing.new_secret())
    channel.save()
    return channel


def message_about(title: str = "SIM suspended", **values: Any) -> Message:
    defaults: dict[str, Any] = {
        "kind": "alert.opened",
        "title": title,
        "text": "Nobody asked for it.",
        "severity": "warning",
        "occurred_at": timezone.now(),
        "url": "/notifications/",
        "facts": {"giccid": "8986000000000000001", "sims": 1},
    }
    return Message(**defaults | values)


def told(channel: Channel, now: datetime | None = None, **values: Any) -> Delivery:
    """A waiting delivery."""
    return announce(channel, message_about(**values), now or timezone.now())
