"""Pushes that were not taken: counted by the hour, for people to see that something is wrong."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Sum

from notifications.models import Refusal

KEEP = timedelta(days=90)
# Not waiting for the disk keeps the counter's lock short: a flood of forgeries must not hold up honest pushes.
_COUNT = """
SET LOCAL synchronous_commit = off;
INSERT INTO notifications_refusal AS r (enterprise_id, kind, reason, hour, times) VALUES (%s, %s, %s, %s, 1)
ON CONFLICT (enterprise_id, kind, reason, hour) DO UPDATE SET times = r.times + 1
"""


def count(enterprise_id: int | None, kind: str, reason: Refusal.Reason, now: datetime) -> None:
    """One more; inside a transaction. `kind` is one of ours or empty: never what a stranger typed."""
    setting, statement = _COUNT.split(";")
    hour = now.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(setting)
        cursor.execute(statement, [enterprise_id, kind, str(reason), hour])


def last_day(enterprise_id: int, now: datetime) -> list[Any]:
    """`{kind, reason, times}` of the last 24 hours, most frequent first; those of no known address included."""
    recent = Refusal.objects.filter(hour__gte=now - timedelta(hours=24))
    ours = recent.filter(enterprise=enterprise_id) | recent.filter(enterprise=None)
    return list(ours.order_by().values("kind", "reason").annotate(total=Sum("times")).order_by("-total"))


def forget(now: datetime) -> int:
    """Removes what is older than `KEEP`."""
    return Refusal.objects.filter(hour__lt=now - KEEP).delete()[0]
