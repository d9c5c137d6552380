"""Which deliveries a worker holds: one of a channel at a time, so that a slow receiver costs nobody else anything.

The lease lies on the channel's row, as a worker updates it when it takes a delivery: whoever comes second sees the
change (`FOR UPDATE` looks again), and one probe of a resting channel is one because nobody else can take another.
"""

import random
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from mirror.leases import LEASE
from notifications.models import Channel, Delivery, DeliveryAttempt
from notifications.outbound import PATIENCE

# Seconds until the next try, by tries so far; the last for all that follow. With jitter, some 17 tries in 24 hours.
PAUSES = (5, 30, 120, 600, 1800, 3600, 7200)
_JITTER = 0.2
# An array, not IN: see `claims`.
_TAKE_CHANNELS = """
UPDATE notifications_channel SET busy_until = %(until)s
 WHERE id = ANY(ARRAY(
   SELECT c.id FROM notifications_channel c
     JOIN LATERAL (SELECT min(d.run_at) AS first FROM notifications_delivery d
                    WHERE d.channel_id = c.id AND d.state = 'waiting' AND d.run_at <= %(now)s
                      AND d.deadline_at > %(now)s) due ON due.first IS NOT NULL
    WHERE c.is_enabled AND (c.busy_until IS NULL OR c.busy_until < %(now)s)
      AND (c.open_until IS NULL OR c.open_until <= %(now)s)
    ORDER BY due.first LIMIT %(limit)s FOR NO KEY UPDATE OF c SKIP LOCKED))
RETURNING id
"""
_TAKE_DELIVERIES = """
UPDATE notifications_delivery SET attempts = attempts + 1, fence = fence + 1, lease_until = %(until)s
 WHERE id IN (
   SELECT DISTINCT ON (channel_id) id FROM notifications_delivery
    WHERE channel_id = ANY(%(channels)s) AND state = 'waiting' AND run_at <= %(now)s AND deadline_at > %(now)s
    ORDER BY channel_id, run_at, id)
RETURNING id
"""


def pause_after(attempts: int) -> timedelta:
    """Until the next try, after so many."""
    seconds = PAUSES[min(attempts, len(PAUSES)) - 1]
    return timedelta(seconds=seconds * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - no secret


@transaction.atomic
def claim(now: datetime, limit: int) -> list[tuple[Delivery, DeliveryAttempt]]:
    """Takes the oldest due delivery of up to `limit` free channels, and writes down that it is being tried."""
    values: dict[str, Any] = {"now": now, "until": now + LEASE, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_CHANNELS, values)
        values["channels"] = [row[0] for row in cursor.fetchall()]
        if not values["channels"]:
            return []
        cursor.execute(_TAKE_DELIVERIES, values)
        ids = [row[0] for row in cursor.fetchall()]
    deliveries = list(Delivery.objects.filter(pk__in=ids).select_related("channel"))
    unfinished = DeliveryAttempt.objects.filter(delivery__in=ids, outcome=Delivery.Outcome.SENDING)
    unfinished.update(outcome=Delivery.Outcome.LOST)
    tries = DeliveryAttempt.objects.bulk_create(DeliveryAttempt(delivery=one, at=now) for one in deliveries)
    return list(zip(deliveries, tries, strict=True))


def expire(now: datetime) -> int:
    """Gives up what could not be delivered in time, as far as nobody is sending it. How many."""
    late = Delivery.objects.filter(state=Delivery.State.WAITING, deadline_at__lte=now)
    # A worker that sends it right now may still succeed; its lease ends soon.
    return late.exclude(lease_until__gte=now).update(
        state=Delivery.State.FAILED, outcome=Delivery.Outcome.EXPIRED, settled_at=now, lease_until=None
    )


def send_again(delivery: Delivery, now: datetime) -> bool:
    """The same message with the same id once more, at once and then for as long as the first time.

    False when it can't be: somebody is sending it, or the channel is switched off. A resting channel is woken, for
    one try: a person asks for it.
    """
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=delivery.channel_id)
        if not channel.is_enabled:
            return False
        free = Delivery.objects.filter(pk=delivery.pk).exclude(lease_until__gte=now)
        changed = free.update(
            state=Delivery.State.WAITING,
            attempts=0,
            run_at=now,
            deadline_at=now + PATIENCE,
            outcome="",
            status=None,
            settled_at=None,
            lease_until=None,
        )
        if changed and channel.open_until is not None:
            channel.open_until = None
            channel.save(update_fields=["open_until"])
    return bool(changed)


def forget(now: datetime, keep: timedelta) -> int:
    """Removes what was settled and is older than `keep`."""
    old = Delivery.objects.filter(created_at__lt=now - keep).exclude(state=Delivery.State.WAITING)
    return old.delete()[0]
