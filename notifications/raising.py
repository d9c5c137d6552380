"""From what a rule met to alerts: one for each cause, however many SIMs it concerns."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q

from notifications.models import Alert, AlertStep, Execution, Occurrence, Rule
from notifications.triggers import Match

# Of a subject met before, the newest event counts, and it holds again. (xmax = 0): the row is new.
_ADD = """
INSERT INTO notifications_occurrence AS o
       (alert_id, enterprise_id, subject, giccid, event_id, verdict, detail, times, first_at, last_at, checked_at)
SELECT %(alert)s, %(enterprise)s, m.subject, m.giccid, m.event, m.verdict, m.detail::jsonb, m.times,
       m.first_at, m.last_at, %(now)s
  FROM unnest(%(subjects)s::text[], %(giccids)s::text[], %(events)s::bigint[], %(verdicts)s::text[],
              %(details)s::text[], %(times)s::int[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
       m (subject, giccid, event, verdict, detail, times, first_at, last_at)
 ORDER BY m.subject
ON CONFLICT (alert_id, subject) DO UPDATE
SET times = o.times + EXCLUDED.times, cleared_at = NULL, checked_at = EXCLUDED.checked_at,
    last_at = greatest(o.last_at, EXCLUDED.last_at), first_at = least(o.first_at, EXCLUDED.first_at),
    event_id = coalesce(EXCLUDED.event_id, o.event_id), verdict = EXCLUDED.verdict, detail = EXCLUDED.detail
RETURNING subject, (xmax = 0)
"""


@dataclass(frozen=True)
class Raised:
    """An alert that was opened or has grown, the matches that were new to it, and all that were met."""

    alert: Alert
    is_new: bool
    fresh: list[Match]
    met: Sequence[Match] = ()


def raise_alerts(rule: Rule, matches: Iterable[Match], now: datetime) -> list[Raised]:
    """Joins the caller's transaction and locks the rule, so that two workers do not open the same cause twice."""
    by_cause: defaultdict[str, list[Match]] = defaultdict(list)
    for match in matches:
        by_cause[match.cause].append(match)
    if not by_cause:
        return []
    Rule.objects.select_for_update(no_key=True).get(pk=rule.pk)
    raised = [_raise(rule, cause, found, now) for cause, found in sorted(by_cause.items())]
    Rule.objects.filter(pk=rule.pk).update(matched_at=now)
    return raised


def _raise(rule: Rule, cause: str, matches: Sequence[Match], now: datetime) -> Raised:
    alert = _open_one(rule, cause)
    is_new = alert is None
    alert = alert or _open(rule, matches, now)
    fresh = _add(alert, matches, now)
    moments = [match.happened_at for match in matches]
    alert.first_at, alert.last_at = min(alert.first_at, *moments), max(alert.last_at, *moments)
    recount(alert, now)
    Execution.objects.create(
        rule=rule, alert=alert, at=now, deed=Execution.Deed.MATCHED, matched=len(matches), sims=len(fresh)
    )
    return Raised(alert, is_new, fresh, matches)


def _open_one(rule: Rule, cause: str) -> Alert | None:
    """Locked: whoever resolves it meanwhile comes before or after us."""
    rows = Alert.objects.filter(rule=rule, cause=cause).exclude(state=Alert.State.RESOLVED)
    return rows.select_for_update(of=("self",)).first()


def _open(rule: Rule, matches: Sequence[Match], now: datetime) -> Alert:
    first = matches[0]
    alert = Alert(
        enterprise_id=rule.enterprise_id,
        rule=rule,
        cause=first.cause,
        facts=dict(first.facts),
        severity=rule.severity,
        opened_at=now,
        first_at=first.happened_at,
        last_at=first.happened_at,
    )
    try:
        with transaction.atomic():
            alert.save()
    except IntegrityError:  # somebody reopened the former one this moment
        return (
            Alert.objects.select_for_update()
            .exclude(state=Alert.State.RESOLVED)
            .get(rule=rule, cause=first.cause)
        )
    AlertStep.objects.create(alert=alert, at=now, deed=AlertStep.Deed.OPENED)
    return alert


def _add(alert: Alert, matches: Sequence[Match], now: datetime) -> list[Match]:
    """The occurrences; returns the matches whose subject the alert did not know."""
    by_subject: defaultdict[str, list[Match]] = defaultdict(list)
    for match in sorted(matches, key=lambda match: match.happened_at):
        by_subject[match.subject[:120]].append(match)
    newest = {subject: found[-1] for subject, found in by_subject.items()}
    values: dict[str, Any] = {
        "alert": alert.pk,
        "enterprise": alert.enterprise_id,
        "now": now,
        "subjects": list(newest),
        "giccids": [match.giccid for match in newest.values()],
        "events": [match.event_id for match in newest.values()],
        "verdicts": [match.verdict for match in newest.values()],
        "details": [json.dumps(dict(match.detail), default=str) for match in newest.values()],
        "times": [len(found) for found in by_subject.values()],
        "firsts": [found[0].happened_at for found in by_subject.values()],
        "lasts": [found[-1].happened_at for found in by_subject.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD, values)
        return [newest[subject] for subject, is_new in cursor.fetchall() if is_new]


def recount(alert: Alert, now: datetime) -> None:
    """Puts the counts into the row, whose lock the caller holds (or that of its rule)."""
    counts = Occurrence.objects.filter(alert=alert).aggregate(
        total=Count("pk"),
        standing=Count("pk", filter=Q(cleared_at=None)),
        **{verdict: Count("pk", filter=Q(verdict=verdict)) for verdict in _VERDICTS},
    )
    alert.total, alert.standing, alert.changed_at = counts["total"], counts["standing"], now
    alert.verdicts = {verdict: counts[verdict] for verdict in _VERDICTS if counts[verdict]}
    alert.save(update_fields=["total", "standing", "verdicts", "first_at", "last_at", "changed_at"])


_VERDICTS = ("confirmed", "contradicted", "unverified")
