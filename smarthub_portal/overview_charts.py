"""Charts of the overview, for components/columns_chart.html."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sims.account_usage import OTHERS, AccountUsage, FleetUsage
from sims.figures import FleetFigures
from sims.queries import EXPIRING_DAYS

TONES = ("blue", "green", "amber", "violet", "ice")
Chart = dict[str, Any]
NAME_LENGTH = 40


def usage_chart(usage: FleetUsage) -> Chart:
    """MB by day, the biggest accounts apart."""
    series = [
        {"label": _name(part), "tone": "grey" if part.account_id == OTHERS else TONES[number]}
        for number, part in enumerate(usage.parts)
    ]
    columns = [
        {
            "label": day.isoformat(),
            "values": [round(part.by_day.get(day, 0.0), 3) for part in usage.parts],
        }
        for day in usage.days
    ]
    return {"series": series, "columns": columns}


def _name(part: AccountUsage) -> str:
    if part.account_id == OTHERS:
        return _("Other accounts")
    if not part.name:
        return _("No account")
    return part.name if len(part.name) <= NAME_LENGTH else f"{part.name[: NAME_LENGTH - 1]}…"


def ending_chart(figures: FleetFigures) -> Chart:
    """SIMs by the day their package ends. A column leads to the list of those that end up to that day."""
    columns = []
    for ahead in range(EXPIRING_DAYS + 1):
        day = figures.today + timedelta(days=ahead)
        count = figures.ends.get(day, 0)
        query = {"expires": max(ahead, 1), "sort": "expires"}
        columns.append(
            {
                "label": day.isoformat(),
                "title": ngettext("%(day)s, in %(n)s day", "%(day)s, in %(n)s days", ahead)
                % {"day": day.isoformat(), "n": ahead},
                "values": [count],
                "url": f"{reverse('sims:list')}?{urlencode(query)}" if count else "",
            }
        )
    return {"series": [{"label": _("SIMs whose package ends"), "tone": "amber"}], "columns": columns}
