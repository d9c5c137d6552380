"""Charts drawn on the server: {% load charts %}. The geometry is in `common/charts.py`."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template

from common import chart_markup, charts

register = template.Library()


@register.simple_tag
def columns_chart(
    series: Iterable[Mapping[str, Any]],
    columns: Iterable[Mapping[str, Any]],
    unit: str = "",
    limit: Any = None,
) -> charts.ColumnsChart:
    """For components/columns_chart.html. A variable the template was not given arrives as an empty text."""
    return charts.columns_chart(series or [], columns or [], unit=unit or "count", limit=limit or None)


register.filter("chart_drawing", chart_markup.drawing_of)
register.filter("chart_rows", chart_markup.rows_of)
