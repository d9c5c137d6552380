"""The many small pieces of a chart as markup. A template's loop over 400 columns takes ten times as long."""

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common.charts import Column, ColumnsChart


def drawing_of(columns: Iterable[Column]) -> SafeString:
    """A group of bars with its hover for each column; a column that leads somewhere is a link."""
    return mark_safe("".join(_group(column) for column in columns))  # noqa: S308 - every text is escaped below


def _group(column: Column) -> str:
    bars = "".join(
        f'<rect class="chart-bar tone-{escape(bar.tone)}" x="{column.x}" y="{bar.y}" width="{column.width}"'
        f' height="{bar.height}" />'
        for bar in column.bars
    )
    group = (
        f'<g class="chart-column"><title>{escape(column.title)}</title>'
        f'<rect class="chart-place" x="{column.left}" y="0" width="1" height="100" />{bars}</g>'
    )
    return f'<a href="{escape(column.url)}" tabindex="-1">{group}</a>' if column.url else group


def rows_of(chart: ColumnsChart) -> SafeString:
    """The same figures as rows of a table, with their sum where there are several."""
    has_total = len(chart.series) > 1
    total_word = escape(_("Total"))
    return mark_safe("".join(_row(column, has_total, total_word) for column in chart.columns))  # noqa: S308 - as above


def _row(column: Column, has_total: bool, total_word: str) -> str:
    label = escape(column.label)
    head = f'<a href="{escape(column.url)}">{label}</a>' if column.url else label
    cells = "".join(_cell(escape(name), text) for name, text in column.figures)
    total = _cell(total_word, column.total) if has_total else ""
    return f'<tr><th scope="row">{head}</th>{cells}{total}</tr>'


def _cell(name: str, text: str) -> str:
    return f'<td class="number" data-label="{name}">{escape(text)}</td>'
