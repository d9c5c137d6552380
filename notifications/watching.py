"""Looks how things stand, for the rules that ask that: what is new opens alerts, what has passed clears them."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from mirror import leases
from notifications import alerts, consequences, defaults
from notifications.models import Alert, Execution, Occurrence, Rule
from notifications.raising import raise_alerts
from notifications.triggers import TRIGGERS, Match, trigger_of

logger = logging.getLogger(__name__)
PIECE_SECONDS = 8.0
_LONGEST_MS = 20_000
_STANDING = [key for key, trigger in TRIGGERS.items() if not trigger.is_about_events]


def work(*, seconds: float = PIECE_SECONDS) -> int:
    """Looks at every rule that is due; how many."""
    defaults.ensure()
    until, count = time.monotonic() + seconds, 0
    due = Rule.objects.filter(trigger__in=_STANDING, is_enabled=True, removed_at=None).order_by(
        "run_at", "pk"
    )
    while time.monotonic() < until and (rule := leases.claim(due, timezone.now())):
        look(rule, timezone.now())
        count += 1
    return count


def look(rule: Rule, now: datetime) -> None:
    """One held rule. A rule that fails says so on its page and is looked at again in its time."""
    problem = ""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(_LONGEST_MS)])
            _compare(rule, list(trigger_of(rule).standing(rule, now)), now)
    except Exception as error:
        logger.exception("rule %s could not be looked at", rule.pk)
        problem = f"{type(error).__name__}: {error}"[:300]
        Execution.objects.create(rule=rule, at=now, deed=Execution.Deed.FAILED, text=problem)
    interval = trigger_of(rule).interval or timedelta(minutes=1)
    same = Rule.objects.filter(pk=rule.pk, fence=rule.fence)
    same.update(lease_until=None, run_at=now + interval, looked_at=now, problem=problem)


def _compare(rule: Rule, matches: Sequence[Match], now: datetime) -> None:
    """Against what stood before, also in alerts people have resolved: the same fact does not come back."""
    key = {(match.cause, match.subject[:120]): match for match in matches}
    stood = _stood(rule)
    clear([pk for known, pk in stood.items() if known not in key], now)
    raised = raise_alerts(rule, [match for known, match in key.items() if known not in stood], now)
    consequences.follow(rule, raised, now)


def _stood(rule: Rule) -> dict[tuple[str, str], int]:
    rows = Occurrence.objects.filter(alert__rule=rule, cleared_at=None)
    return {(cause, subject): pk for cause, subject, pk in rows.values_list("alert__cause", "subject", "pk")}


def clear(occurrences: Sequence[int], now: datetime) -> None:
    """These do not hold any more. An alert nothing of which holds is resolved by itself."""
    if not occurrences:
        return
    rows = Occurrence.objects.filter(pk__in=occurrences, cleared_at=None)
    touched = sorted(set(rows.values_list("alert_id", flat=True)))
    # The alerts first, in one order: whoever raises or resolves them takes the same lock.
    held = list(
        Alert.objects.filter(pk__in=touched)
        .select_related("rule")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    rows.update(cleared_at=now, checked_at=now)
    for alert in held:
        alerts.cleared(alert, now)
