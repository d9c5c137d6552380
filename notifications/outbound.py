"""Telling the world: a message becomes a row in the transaction of what it tells of, and is sent afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from notifications.models import Channel, Delivery
from notifications.outbound_render import clean, render

PATIENCE = timedelta(hours=24)
TEST = "test"


@dataclass(frozen=True)
class Message:
    """`kind`: `noun.verb` for programs. `url`: path of the page about it, or empty. `facts`: for programs, JSON."""

    kind: str
    title: str
    text: str
    severity: str
    occurred_at: datetime
    url: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def announce(channel: Channel, message: Message, now: datetime) -> Delivery:
    """Joins the caller's transaction; no HTTP here, and nothing that could fail because of a message's content.

    A channel that is switched off gets a delivery all the same, already failed: people see what was not told.
    """
    url = f"{settings.PUBLIC_URL}{message.url}" if message.url else ""
    delivery = Delivery(
        channel=channel,
        enterprise_id=channel.enterprise_id,
        kind=message.kind[:60],
        title=one_line(message.title)[:200],
        payload=render(channel.kind, message, url),
        created_at=now,
        run_at=now,
        deadline_at=now + PATIENCE,
    )
    if not channel.is_enabled:
        delivery.state, delivery.settled_at = Delivery.State.FAILED, now
        delivery.outcome = Delivery.Outcome.SWITCHED_OFF
    delivery.save()
    return delivery


def one_line(text: str) -> str:
    """As a title or an e-mail's subject: no line breaks, no control characters, no end of a line in disguise."""
    printable = "".join(letter if letter.isprintable() else " " for letter in clean(text))
    return " ".join(printable.split())
