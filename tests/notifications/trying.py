"""Tries without a network, for tests of deliveries."""

from datetime import datetime
from typing import Any

from notifications import deliver_claims, deliver_settle
from notifications.models import Delivery
from notifications.outbound_reply import Reply


def again(delivery: Delivery) -> Delivery:
    delivery.refresh_from_db()
    return delivery


def answered(delivery: Delivery, outcome: Delivery.Outcome, now: datetime, **values: Any) -> Delivery:
    """One try at `now` that ends so."""
    ((held, attempt),) = deliver_claims.claim(now, 1)
    assert held.pk == delivery.pk
    deliver_settle.settle(held, attempt, Reply(outcome, **values), now)
    return again(delivery)
