"""The trial of a rule on what is stored: how often it would have fired, on how many SIMs, when."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from notifications import scopes
from notifications.models import Rule
from notifications.triggers import Match, trigger_of

SPAN = timedelta(days=30)
MOST = 100_000
SAMPLE = 10


@dataclass(frozen=True)
class Trial:
    """`fired`: times something matched; `subjects`: different SIMs (pools, orders …); `causes`: alerts it would have
    made. `by_day` has every day of the span, oldest first. `is_cut`: there was more than we counted.
    """

    since: datetime
    until: datetime
    fired: int
    subjects: int
    causes: int
    by_day: list[tuple[date, int]] = field(default_factory=list)
    sample: list[Match] = field(default_factory=list)
    is_cut: bool = False

    @property
    def busiest(self) -> int:
        return max((count for _day, count in self.by_day), default=0)


def of(rule: Rule, now: datetime, span: timedelta = SPAN) -> Trial:
    """Of a rule that need not be saved. Reads only."""
    trigger, since = trigger_of(rule), now - span
    found: list[Match] = []
    for match in trigger.past(rule, since, now):
        found.append(match)
        if len(found) >= MOST:
            break
    if trigger.is_about_events:
        mine = scopes.among(rule, {match.giccid for match in found if match.giccid})
        found = [match for match in found if match.giccid in mine]
    days = Counter(match.happened_at.date() for match in found)
    span_days = [(since + timedelta(days=n)).date() for n in range(span.days + 1)]
    return Trial(
        since=since,
        until=now,
        fired=len(found),
        subjects=len({match.giccid or match.subject for match in found}),
        causes=len({match.cause for match in found}),
        by_day=[(day, days[day]) for day in span_days],
        sample=sorted(found, key=lambda match: match.happened_at, reverse=True)[:SAMPLE],
        is_cut=len(found) >= MOST,
    )
