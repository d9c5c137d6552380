"""Geometry of charts drawn on the server. Pure figures: no model, no request, no words but those given."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common import formats

HEIGHT = 100.0  # of the drawing; it is stretched to whatever room there is
_GAP = 0.24  # of a column's width
_STEPS = (1, 2, 2.5, 5, 10)
_MOST_LABELS = 5


@dataclass(frozen=True)
class Bar:
    """A piece of a column. Numbers are texts, because a localized comma would break the drawing."""

    tone: str
    y: str
    height: str


@dataclass(frozen=True)
class Column:
    """`x`, `width`: of its bars; `left`: of the whole place, which is 1 wide. `title`: every figure, for the hover.
    `figures`: (name of the series, its figure as text).
    """

    label: str
    title: str
    x: str
    width: str
    left: str
    bars: list[Bar]
    figures: list[tuple[str, str]]
    total: str
    url: str = ""


@dataclass(frozen=True)
class ColumnsChart:
    """`heights`: labels of the upright axis, downwards; `ticks`: of the columns. `limit`: height of its line, or ""."""

    series: list[Mapping[str, Any]]
    columns: list[Column]
    width: int
    heights: list[str]
    ticks: list[str]
    limit: str
    limit_text: str
    is_empty: bool


def columns_chart(
    series: Iterable[Mapping[str, Any]],
    columns: Iterable[Mapping[str, Any]],
    *,
    unit: str = "count",
    limit: float | None = None,
) -> ColumnsChart:
    """`series`: {label, tone}; `columns`: {label, title, url, values: one for each series, None = not known}.

    `unit`: count or megabytes. `limit`: a line, drawn if it lies within the height the columns need.
    """
    parts, rows = list(series), list(columns)
    show = formats.megabytes if unit == "megabytes" else formats.count
    heights = [sum(_height(value) for value in row["values"]) for row in rows]
    top = _top(max(heights, default=0.0), 1024 if unit == "megabytes" else 1000)
    return ColumnsChart(
        series=parts,
        columns=[_column(number, row, parts, top, show) for number, row in enumerate(rows)],
        width=max(1, len(rows)),
        heights=[show(_whole(top * share)) for share in (1, 0.5, 0)],
        ticks=_ticks([str(row["label"]) for row in rows]),
        limit=_text(HEIGHT - HEIGHT * limit / top) if limit is not None and 0 < limit <= top else "",
        limit_text="" if limit is None else show(_whole(limit)),
        is_empty=not any(heights),
    )


def _column(
    number: int, row: Mapping[str, Any], series: Sequence[Mapping[str, Any]], top: float, show: Any
) -> Column:
    bars, below = [], HEIGHT
    for part, value in zip(series, row["values"], strict=True):
        height = HEIGHT * _height(value) / top
        below -= height
        if height:
            bars.append(Bar(str(part["tone"]), _text(below), _text(height)))
    figures = [(str(part["label"]), show(value)) for part, value in zip(series, row["values"], strict=True)]
    total = sum(_height(value) for value in row["values"])
    named = [f"{name} {text}" for (name, text), value in zip(figures, row["values"], strict=True) if value]
    return Column(
        label=str(row["label"]),
        title=": ".join(filter(None, [str(row.get("title") or row["label"]), ", ".join(named) or show(0)])),
        x=_text(number + _GAP / 2),
        width=_text(1 - _GAP),
        left=str(number),
        bars=bars,
        figures=figures,
        total=show(_whole(total)),
        url=str(row.get("url") or ""),
    )


def _ticks(labels: list[str]) -> list[str]:
    """At most five labels, evenly spread from the first to the last."""
    if len(labels) <= _MOST_LABELS:
        return labels
    last = len(labels) - 1
    return [labels[round(last * number / (_MOST_LABELS - 1))] for number in range(_MOST_LABELS)]


def _height(value: Any) -> float:
    number = formats.to_decimal(value)
    return max(0.0, float(number)) if number is not None and number < 10**300 else 0.0


def _top(largest: float, step: int) -> float:
    """The round figure above `largest`; of megabytes one that is round in its own unit."""
    if largest <= 0:
        return 1.0
    scale = float(step) ** math.floor(math.log(largest, step))
    digits = 10.0 ** math.floor(math.log10(largest / scale))
    return next((factor * digits * scale for factor in _STEPS if factor * digits * scale >= largest), largest)


def _whole(number: float) -> float | int:
    return int(number) if number == int(number) else round(number, 2)


def _text(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
