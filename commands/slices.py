"""A list by its newest change, a slice at a time: each slice begins where the last ended, however long the list is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet

SIZE = 50
_Place = tuple[datetime, int]


@dataclass
class Slice:
    """`newer` and `older` are places for the query string; empty at the ends."""

    rows: Sequence[Any]
    newer: str = ""
    older: str = ""


def slice_of(orders: "QuerySet[Any]", *, before: str = "", after: str = "", size: int = SIZE) -> Slice:
    """Orders older than `before` or newer than `after`; a place that makes no sense gives the newest."""
    if place := _place(after):
        newer = Q(changed_at__gt=place[0]) | Q(changed_at=place[0], pk__gt=place[1])
        rows = list(orders.filter(newer, changed_at__gte=place[0]).order_by("changed_at", "pk")[: size + 1])
        if len(rows) > size:
            rows = rows[:size][::-1]
            return Slice(rows, newer=_text(rows[0]), older=_text(rows[-1]))
        return slice_of(orders, size=size)  # the newest, filled up
    place = _place(before)
    if place:
        older = Q(changed_at__lt=place[0]) | Q(changed_at=place[0], pk__lt=place[1])
        orders = orders.filter(older, changed_at__lte=place[0])
    rows = list(orders.order_by("-changed_at", "-pk")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    return Slice(rows, newer=_text(rows[0]) if place and rows else "", older=_text(rows[-1]) if more else "")


def _text(row: Any) -> str:
    return f"{int(row.changed_at.timestamp() * 1_000_000)}-{row.pk}"


def _place(text: str) -> _Place | None:
    micros, _dash, pk = text.partition("-")
    if not (micros.isascii() and micros.isdigit() and pk.isascii() and pk.isdigit()):
        return None
    if len(micros) > 17 or len(pk) > 18:
        return None
    seconds, rest = divmod(int(micros), 1_000_000)
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest), int(pk)
    except (OverflowError, ValueError, OSError):
        return None
