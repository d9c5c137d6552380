"""A plan's pace in words: what was chosen, and what it waits for now. Counts come from the plan itself."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commands import countries, pacing
from commands.models import Plan
from commands.pace import Pace, pace_of
from common import formats

_Wait = tuple[str, datetime | None, bool]


def facts(plan: Plan) -> list[str]:
    """What was chosen, a sentence each; none for a plan that goes at once."""
    pace, found = pace_of(plan.pace), []
    if pace.an_hour:
        words = ngettext("At most %(n)s SIM in any hour", "At most %(n)s SIMs in any hour", pace.an_hour)
        found.append(words % {"n": formats.count(pace.an_hour)})
    if pace.hours:
        times = {"begins": f"{pace.hours.begins:%H:%M}", "ends": f"{pace.hours.ends:%H:%M}"}
        if pace.zone:
            text = _("Quiet from %(begins)s to %(ends)s by the clocks of %(zone)s")
        else:
            text = _(
                "Quiet from %(begins)s to %(ends)s in each SIM's country; by %(zone)s where none is known"
            )
        found.append(text % {**times, "zone": pace.zone or pace.fallback})
    return found


def waits(plan: Plan, now: datetime) -> list[dict[str, Any]]:
    """[{text, at}] of what a running plan waits for now, the soonest first; `at`: None for what never comes."""
    if not plan.pace or plan.state != Plan.State.RUNNING:
        return []
    pace = pace_of(plan.pace)
    closed = pacing.closed_codes(plan, pace, now)
    found = _quiet(plan, pace, closed, now)
    loud = sum(count for mcc, count in plan.homes.items() if mcc not in closed)
    if loud and (at := pacing.room_at(plan, pace, now)):
        text = ngettext(
            "This hour's share of %(n)s is used: %(left)s SIM waits",
            "This hour's share of %(n)s is used: %(left)s SIMs wait",
            loud,
        )
        found.append(
            {"text": text % {"n": formats.count(pace.an_hour or 0), "left": formats.count(loud)}, "at": at}
        )
    return sorted(found, key=lambda wait: (wait["at"] is None, wait["at"]))


def _quiet(plan: Plan, pace: Pace, closed: list[str], now: datetime) -> list[dict[str, Any]]:
    """One line for each country, however many codes it has."""
    counts: defaultdict[_Wait, int] = defaultdict(int)
    for mcc in closed:
        if plan.homes[mcc]:
            place, is_wide = _place(pace, mcc)
            counts[(place, pacing.opening(pace, mcc, now), is_wide)] += plan.homes[mcc]
    return [{"text": _waits_text(pace, wait, count), "at": wait[1]} for wait, count in counts.items()]


def _place(pace: Pace, mcc: str) -> tuple[str, bool]:
    """Whose night it is, and whether clocks differ there."""
    zones = pace.zones(mcc)
    return (not pace.zone and countries.country_name(mcc)) or zones[0], len(zones) > 1


def _waits_text(pace: Pace, wait: _Wait, count: int) -> str:
    place, at, is_wide = wait
    words = {
        "place": place,
        "n": formats.count(count),
        "time": f"{pace.hours.ends:%H:%M}" if pace.hours else "",
    }
    if at is None:
        text = ngettext(
            "It is always quiet in some part of %(place)s: %(n)s SIM waits",
            "It is always quiet in some part of %(place)s: %(n)s SIMs wait",
            count,
        )
    elif is_wide:
        text = ngettext(
            "Waits until %(time)s everywhere in %(place)s: %(n)s SIM",
            "Waits until %(time)s everywhere in %(place)s: %(n)s SIMs",
            count,
        )
    else:
        text = ngettext(
            "Waits until %(time)s in %(place)s: %(n)s SIM",
            "Waits until %(time)s in %(place)s: %(n)s SIMs",
            count,
        )
    return text % words
