"""Rows of work (selections, exports, plans, jobs) held by one worker at a time, as `mirror.runs` holds sync runs."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from mirror.models import LeasedRow

LEASE = timedelta(seconds=30)
Leased = TypeVar("Leased", bound=LeasedRow)


class LeaseLost(Exception):
    """Somebody else holds this row now; whatever we still hold must not be written."""


def claimable(rows: "QuerySet[Leased]", now: datetime) -> "QuerySet[Leased]":
    """Of the open `rows` those that are due, held by nobody or by somebody whose lease has run out."""
    return rows.filter(Q(lease_until=None) | Q(lease_until__lt=now), run_at__lte=now)


def claim(rows: "QuerySet[Leased]", now: datetime, **changes: Any) -> Leased | None:
    """Takes the one row of `rows` for `LEASE`, or None when another worker has it."""
    with transaction.atomic():
        row = claimable(rows, now).select_for_update(skip_locked=True).first()
        if row is None:
            return None
        row.fence += 1
        row.lease_until = now + LEASE
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=["fence", "lease_until", *changes])
        return row


def keep(row: LeasedRow, **changes: Any) -> None:
    """Writes progress and renews the lease, but only while we hold it. Raises `LeaseLost`."""
    changes.setdefault("lease_until", timezone.now() + LEASE)
    # A finished row has no lease: whoever comes late finds nothing to keep, even with the newest fence.
    held = type(row)._default_manager.filter(pk=row.pk, fence=row.fence).exclude(lease_until=None)
    if not held.update(**changes):
        raise LeaseLost(f"{row._meta.label} {row.pk} is held by somebody else")
    for name, value in changes.items():
        setattr(row, name, value)
