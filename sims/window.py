"""One page of a list of a million SIMs, in milliseconds: which SIMs it shows, and how many there are.

Few SIMs match: all of them are fetched (ids and what they sort by) and sorted here, so that no plan of the database
can go wrong. Many match: the index of the sorted column is walked from the page's start, which the previous page told
(`Place`), or by number from the nearer end. Empty values come last in both directions.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sims.columns import COLUMNS, Column
from sims.querysets import SimQuerySet

FEW = 300
FARTHEST = 100_000
"""Rows a page number may skip when nobody knows how many there are."""
Row = tuple[int, Any, str]


@dataclass(frozen=True)
class Order:
    """A column and a direction; ICCIDs decide ties in the same direction, so that pages are stable."""

    column: Column
    is_descending: bool = False

    @classmethod
    def of(cls, word: str) -> "Order":
        """From the address: `data` or `-data`."""
        return cls(COLUMNS[word.removeprefix("-")], word.startswith("-"))

    @property
    def field(self) -> str:
        return self.column.field or "giccid"

    def empties(self) -> dict[str, Any]:
        """What an empty value is; nothing for columns that have none."""
        if not self.column.is_nullable:
            return {}
        return {self.field: ""} if self.field == "label" else {f"{self.field}__isnull": True}


@dataclass(frozen=True)
class Place:
    """Beside which SIM a page begins (or, going back, ends). Travels in the address as an opaque word."""

    is_forwards: bool
    value: Any
    giccid: str

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        text = json.dumps([self.is_forwards, value, self.giccid], ensure_ascii=False)
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, word: str, order: Order) -> "Place | None":
        """None for a word that is not one of ours, or belongs to another order: the page number then decides."""
        try:
            is_forwards, value, giccid = json.loads(urlsafe_b64decode(word + "=" * (-len(word) % 4)))
            if value is not None and order.field.endswith("_at"):
                value = datetime.fromisoformat(value)
            kind = float if order.column.is_number else datetime if order.field.endswith("_at") else str
            is_fit = value is None or (
                isinstance(value, int | float) if kind is float else isinstance(value, kind)
            )
        except (ValueError, TypeError, RecursionError):
            return None
        if (
            not (is_fit and isinstance(is_forwards, bool) and isinstance(giccid, str))
            or "\0" in f"{value}{giccid}"
        ):
            return None
        return cls(is_forwards, value, giccid)


@dataclass(frozen=True)
class Window:
    """`ids` in order. `total`: SIMs in all, None when there are more than `FEW` and nobody has counted them."""

    ids: list[int]
    number: int
    size: int
    total: int | None
    has_next: bool
    before: Place | None = None
    after: Place | None = None

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def start_index(self) -> int:
        return (self.number - 1) * self.size + 1 if self.ids else 0

    @property
    def end_index(self) -> int:
        return max(0, self.start_index + len(self.ids) - 1)

    @property
    def pages(self) -> int | None:
        return None if self.total is None else max(1, -(-self.total // self.size))


def find_window(
    sims: SimQuerySet,
    order: Order,
    *,
    size: int,
    number: int,
    place: Place | None = None,
    known: int | None,
    is_broad: bool = False,
) -> Window:
    """`known`: how many match, if rollups tell it. A number out of range gives the nearest page.

    `is_broad`: many are expected to match, so the walk is begun without a look whether there are few.
    """
    if (known is None and not is_broad) or (known is not None and known <= FEW):
        rows: list[Row] = list(sims.order_by().values_list("pk", order.field, "giccid")[: FEW + 1])
        if len(rows) <= FEW:
            return _slice(_sorted(rows, order), size, number)
    number = min(number, -(-known // size) if known else FARTHEST // size)
    if place is not None and number > 1:
        found = _walk(sims, order, forwards=place.is_forwards, place=place, skip=0, limit=size + 1)
        return _window(found, size, number, known, is_backwards=not place.is_forwards)
    window = _by_number(sims, order, size, number, known)
    return window if window.ids or number == 1 else _by_number(sims, order, size, 1, known)


def _by_number(sims: SimQuerySet, order: Order, size: int, number: int, known: int | None) -> Window:
    skip = (number - 1) * size
    if known and skip > known // 2:  # nearer to the end
        limit = min(size, known - skip)
        found = _walk(sims, order, forwards=False, place=None, skip=known - skip - limit, limit=limit)
        return _window(found, size, number, known, is_backwards=True, is_exact=True)
    found = _walk(sims, order, forwards=True, place=None, skip=skip, limit=size + 1)
    if known is None and len(found) <= size:  # the walk came to the end
        known = skip + len(found)
    return _window(found, size, number, known)


def _window(
    found: list[Row],
    size: int,
    number: int,
    known: int | None,
    *,
    is_backwards: bool = False,
    is_exact: bool = False,
) -> Window:
    has_more = len(found) > size
    rows = found[:size]
    if is_backwards:
        rows = rows[::-1]
        has_next = number * size < known if is_exact and known is not None else True
        number = number if has_more or is_exact else 1
    else:
        has_next = has_more
    before, after = (Place(False, *rows[0][1:]), Place(True, *rows[-1][1:])) if rows else (None, None)
    return Window([row[0] for row in rows], number, size, known, has_next, before, after)


def _slice(rows: list[Row], size: int, number: int) -> Window:
    number = max(1, min(number, -(-len(rows) // size)))
    start = (number - 1) * size
    ids = [row[0] for row in rows[start : start + size]]
    return Window(ids, number, size, len(rows), has_next=start + size < len(rows))


def _sorted(rows: list[Row], order: Order) -> list[Row]:
    empty = [row for row in rows if order.column.is_nullable and row[1] in (None, "")]
    filled = [row for row in rows if not (order.column.is_nullable and row[1] in (None, ""))]
    down = order.is_descending
    filled.sort(key=lambda row: (row[1], row[2]), reverse=down)
    return [*filled, *sorted(empty, key=lambda row: row[2], reverse=down)]


def _walk(
    sims: SimQuerySet, order: Order, *, forwards: bool, place: Place | None, skip: int, limit: int
) -> list[Row]:
    """`limit` rows behind (or before) a place or a number of rows, in the walk's own direction."""
    found: list[Row] = []
    for part in _parts(sims, order, forwards, place):
        wanted = limit - len(found)
        rows = list(part.values_list("pk", order.field, "giccid")[skip : skip + wanted])
        found += rows
        if len(rows) == wanted:
            break
        if skip:
            skip = 0 if rows else skip - part.count()
    return found


def _parts(sims: SimQuerySet, order: Order, forwards: bool, place: Place | None) -> Iterator[SimQuerySet]:
    """The filled rows, then the empty ones; the other way round when walking back. Each is a range of one index."""
    is_down = order.is_descending is forwards
    sign = "-" if is_down else ""
    empties = order.empties()
    filled = sims.exclude(**empties) if empties else sims
    by = [f"{sign}{order.field}", f"{sign}giccid"] if order.field != "giccid" else [f"{sign}giccid"]
    parts = [(False, filled.order_by(*by))]
    if empties:
        parts.append((True, sims.filter(**empties).order_by(f"{sign}giccid")))
    if not forwards:
        parts.reverse()
    if place is None:
        yield from (part for _is_empty, part in parts)
        return
    is_in_empty = bool(empties) and place.value in (None, "")
    if parts[0][0] is not is_in_empty and len(parts) > 1:
        parts = parts[1:]
    yield _beyond(parts[0][1], order, place, is_in_empty=is_in_empty, is_down=is_down)
    yield from (part for _is_empty, part in parts[1:])


def _beyond(
    part: SimQuerySet, order: Order, place: Place, *, is_in_empty: bool, is_down: bool
) -> SimQuerySet:
    """Rows behind the place. A comparison of rows, because only that one begins in the middle of an index."""
    sign = "<" if is_down else ">"
    if is_in_empty or order.field == "giccid":
        return cast(SimQuerySet, part.extra(where=[f"sims_sim.giccid {sign} %s"], params=[place.giccid]))  # noqa: S610
    where = f"(sims_sim.{order.field}, sims_sim.giccid) {sign} (%s, %s)"  # the field is one of ours
    return cast(SimQuerySet, part.extra(where=[where], params=[place.value, place.giccid]))  # noqa: S610
