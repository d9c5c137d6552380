"""Requests by class and hour, kept: Redis counts them, once a minute the counts are carried over to rows.

The counts in Redis only tell how many there were since `began`. What a row has taken over is its `mark`, written in the
same transaction, so that a crash or a second recorder counts nothing twice; another `began` means that Redis lost its
counts and all of them are new.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from enterprise.budget import FAILURES, budget_of, shared_redis
from enterprise.models import BudgetUse, Enterprise

logger = logging.getLogger(__name__)
KEEP = timedelta(days=90)
_KEPT_IN_REDIS = timedelta(hours=48)
_LOCK = 0x0B7D6E7  # any number no other advisory lock of the portal uses together with an enterprise
_WHAT = ("granted", "refused", "limited")
_PURPOSES = frozenset(BudgetUse.Purpose.values)
Counts = dict[tuple[datetime, str], dict[str, int]]


def record_all() -> None:
    """For every enterprise with a key. Without Redis nothing is lost but what it has not kept itself."""
    for enterprise in Enterprise.objects.exclude(api_key_sealed=""):
        try:
            record_use(enterprise)
        except FAILURES as error:
            logger.warning("requests were not recorded: %s", type(error).__name__)
            return


def record_use(enterprise: Enterprise) -> None:
    """Raises one of `FAILURES` when Redis does not answer. Redis is read under the lock: an older look counts wrong."""
    key = budget_of(enterprise).use_key
    with transaction.atomic():
        if not _is_only_one(enterprise):
            return
        fields: Mapping[str, str] = shared_redis().hgetall(key)
        _carry_over(enterprise, _counts(fields), str(fields.get("began", "")))
    _forget_old(key, fields)


def prune_use(now: datetime) -> None:
    BudgetUse.objects.filter(hour__lt=now - KEEP).delete()


def _is_only_one(enterprise: Enterprise) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, enterprise.pk])
        return bool(cursor.fetchone()[0])


def _counts(fields: Mapping[str, str]) -> Counts:
    """Only what this version of the portal knows how to keep."""
    counts: Counts = defaultdict(dict)
    for field, text in fields.items():
        hour, _, rest = field.partition(":")
        purpose, _, what = rest.partition(":")
        if hour.isdigit() and purpose in _PURPOSES and what in _WHAT:
            counts[datetime.fromtimestamp(int(hour), UTC), purpose][what] = int(text)
    return counts


def _carry_over(enterprise: Enterprise, counts: Counts, began: str) -> None:
    hours = {hour for hour, _purpose in counts}
    rows = {
        (row.hour, row.purpose): row
        for row in BudgetUse.objects.filter(enterprise=enterprise, hour__in=hours)
    }
    for (hour, purpose), told in counts.items():
        row = rows.get((hour, purpose)) or BudgetUse(enterprise=enterprise, hour=hour, purpose=purpose)
        mark: dict[str, Any] = {"began": began, **told}
        if row.mark == mark:
            continue
        before = row.mark if row.mark.get("began") == began else {}
        for what, count in told.items():
            setattr(row, what, max(0, getattr(row, what) + count - before.get(what, 0)))
        row.mark = mark
        row.save()


def _forget_old(key: str, fields: Mapping[str, str]) -> None:
    """Else the hash would grow for ever. Only what was carried over above, and is no longer counted up."""
    oldest = (timezone.now() - _KEPT_IN_REDIS).timestamp()
    old = [
        field
        for field in fields
        if field.partition(":")[0].isdigit() and int(field.partition(":")[0]) < oldest
    ]
    if old:
        shared_redis().hdel(key, *old)
