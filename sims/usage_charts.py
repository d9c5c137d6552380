"""Charts of what a SIM used, a column a day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from sims.usage_days import NOTHING, Counters, UsageSeries

Chart = dict[str, Any]


def usage_charts(series: UsageSeries) -> list[Chart]:
    """Data always; messages and voice where there were any."""
    charts = [_chart(series, _("Data by day"), "blue", lambda used: used.data_mb, "megabytes")]
    if series.total.sms:
        charts.append(_chart(series, _("SMS by day"), "violet", lambda used: used.sms))
    if series.total.voice_min:
        charts.append(_chart(series, _("Voice by day (minutes)"), "ice", lambda used: used.voice_min))
    return charts


def _chart(
    series: UsageSeries, caption: str, tone: str, read: Callable[[Counters], float], unit: str = "count"
) -> Chart:
    used = {row.day: row.used for row in series.rows}
    days = [series.start + timedelta(days=n) for n in range((series.end - series.start).days + 1)]
    known_from = series.since or series.end
    return {
        "caption": caption,
        "heading": _("Day (UTC)"),
        "unit": unit,
        "series": [{"label": caption, "tone": tone}],
        "columns": [
            {
                "label": day.isoformat(),
                "values": [round(read(used.get(day, NOTHING)), 3) if day >= known_from else None],
            }
            for day in days
        ],
    }
