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


def slice_of(
    orders: "QuerySet[Any]", *, before: str = "", after: str = "", size: int = SIZE, by: str = "changed_at"
) -> Slice:
    """Rows older than `before` or newer than `after`; a place that makes no sense gives the newest.

    `by`: the moment they are listed by.
    """
    if _place(after):
        rows = list(newer_than(orders, after, by).order_by(by, "pk")[: size + 1])
        if len(rows) > size:
            rows = rows[:size][::-1]
            return Slice(rows, newer=place_of(rows[0], by), older=place_of(rows[-1], by))
        return slice_of(orders, size=size, by=by)  # the newest, filled up
    rows = list(older_than(orders, before, by).order_by(f"-{by}", "-pk")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    newer = place_of(rows[0], by) if _place(before) and rows else ""
    return Slice(rows, newer=newer, older=place_of(rows[-1], by) if more else "")


def older_than(rows: "QuerySet[Any]", place: str, by: str = "changed_at") -> "QuerySet[Any]":
    """Rows below a place of the list; all of them for one that makes no sense."""
    found = _place(place)
    if found is None:
        return rows
    moment, pk = found
    return rows.filter(Q(**{f"{by}__lt": moment}) | Q(**{by: moment}, pk__lt=pk), **{f"{by}__lte": moment})


def newer_than(rows: "QuerySet[Any]", place: str, by: str = "changed_at") -> "QuerySet[Any]":
    """Rows above a place of the list; all of them for one that makes no sense."""
    found = _place(place)
    if found is None:
        return rows
    moment, pk = found
    return rows.filter(Q(**{f"{by}__gt": moment}) | Q(**{by: moment}, pk__gt=pk), **{f"{by}__gte": moment})


def place_of(row: Any, by: str = "changed_at") -> str:
    """Where a row stands in its list, for the query string."""
    return f"{int(getattr(row, by).timestamp() * 1_000_000)}-{row.pk}"


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
