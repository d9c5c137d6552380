"""Asks the rules about events: each event once, in the transaction that marks it."""

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import OperationalError, transaction
from django.utils import timezone

from notifications import consequences, scopes
from notifications.models import Event, Execution, Rule
from notifications.raising import raise_alerts
from notifications.triggers import TRIGGERS, Match, trigger_of

logger = logging.getLogger(__name__)
BATCH = 500
PIECE_SECONDS = 4.0
_ABOUT_EVENTS = [key for key, trigger in TRIGGERS.items() if trigger.is_about_events]


def work(*, seconds: float = PIECE_SECONDS) -> int:
    """Weighs what is settled and was not weighed yet; how many events."""
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until and (done := weigh(timezone.now())):
        count += done
    return count


@transaction.atomic
def weigh(now: datetime) -> int:
    """One batch. A rule that fails is told so and loses this batch; the others and the pushes do not."""
    waiting = Event.objects.filter(weighed_at=None).exclude(verdict=Event.Verdict.PENDING)
    events = list(waiting.order_by("pk").select_for_update(skip_locked=True)[:BATCH])
    by_enterprise: defaultdict[int, list[Event]] = defaultdict(list)
    for event in events:
        by_enterprise[event.enterprise_id].append(event)
    rules = Rule.objects.filter(
        enterprise__in=by_enterprise, trigger__in=_ABOUT_EVENTS, is_enabled=True, removed_at=None
    )
    for rule in rules.select_related("view", "enterprise").order_by("pk"):
        _ask(rule, by_enterprise[rule.enterprise_id], now)
    Event.objects.filter(pk__in=[event.pk for event in events]).update(weighed_at=now)
    return len(events)


def _ask(rule: Rule, events: Sequence[Event], now: datetime) -> None:
    try:
        with transaction.atomic():
            raised = raise_alerts(rule, matching(rule, events), now)
            consequences.follow(rule, raised, now)
    except OperationalError:  # the database, not the rule: all of it again
        raise
    except Exception as error:
        logger.exception("rule %s failed", rule.pk)
        text = f"{type(error).__name__}: {error}"[:300]
        Execution.objects.create(
            rule=rule, at=now, deed=Execution.Deed.FAILED, matched=len(events), text=text
        )


def matching(rule: Rule, events: Sequence[Event]) -> list[Match]:
    """What matches and is about one of the rule's SIMs. What names no SIM of ours concerns no rule."""
    found = trigger_of(rule).among(rule, events)
    mine = scopes.among(rule, {match.giccid for match in found if match.giccid})
    return [match for match in found if match.giccid in mine]
