"""Rules and alerts at 1,000,000 SIMs: looking how things stand, weighing a storm of events, seeing what has cleared.

    python benchmarks/alerts.py [--size 1000000] [--events 100000]

The ratio compares a rule's look with a plain count of the enterprise's SIMs in the same database at the same time, and
weighing with inserting as many rows of the same width, so that a busy machine shows in both. Everything is rolled back.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import stage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=100_000)
    given = parser.parse_args()
    with stage.servers():
        enterprise = stage.fleet(given.size)
        from django.db import transaction  # noqa: PLC0415 - Django is set up by now

        with transaction.atomic():
            _looks(enterprise)
            _storm(enterprise, given.events)
            transaction.set_rollback(True)


def _took(deed: Callable[[], Any], times: int = 3) -> float:
    """Milliseconds, the median."""
    found = []
    for _time in range(times):
        started = time.perf_counter()
        deed()
        found.append((time.perf_counter() - started) * 1000)
    return statistics.median(found)


def _looks(enterprise: Any) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from notifications.models import Rule  # noqa: PLC0415
    from notifications.triggers import TRIGGERS  # noqa: PLC0415
    from sims.models import Sim  # noqa: PLC0415

    plain = _took(lambda: Sim.objects.filter(enterprise=enterprise, removed_at=None).count())
    print(f"| how things stand | found | ms | against a plain count ({plain:.0f} ms) |\n|---|--:|--:|--:|")
    for key, trigger in TRIGGERS.items():
        if trigger.is_about_events:
            continue
        rule = Rule(enterprise=enterprise, name=key, trigger=key, params=trigger.clean({}))
        found = len(list(trigger.standing(rule, timezone.now())))
        took = _took(lambda t=trigger, r=rule: list(t.standing(r, timezone.now())))  # type: ignore[misc]
        print(f"| {key} | {found:,} | {took:.0f} | {took / plain:.2f} |", flush=True)


def _storm(enterprise: Any, count: int) -> None:
    """As many settled events about different SIMs, weighed by the rules every enterprise has."""
    from django.utils import timezone  # noqa: PLC0415

    from notifications import clearing, defaults, weigh  # noqa: PLC0415
    from notifications.models import Alert, Occurrence  # noqa: PLC0415

    defaults.ensure()
    inserting = _took(lambda: _make_events(enterprise, count), times=1)
    weighing = _took(lambda: _all(lambda: weigh.weigh(timezone.now())), times=1)
    print(f"\n{count:,} events: inserted in {inserting / 1000:.1f} s, weighed in {weighing / 1000:.1f} s")
    print(
        f"({count / weighing * 1000:,.0f} a second, {weighing / inserting:.2f} of inserting them and their pushes)"
    )
    alert = Alert.objects.order_by("-total").first()
    print(f"alerts: {Alert.objects.count():,}; the largest holds {alert.total if alert else 0:,} SIMs")
    Occurrence.objects.update(checked_at=stage.NOW)
    one = _took(lambda: clearing.look(timezone.now()))
    print(f"one round of {clearing.MOST:,} claims looked at again: {one:.0f} ms")
    idle = _took(lambda: weigh.weigh(timezone.now()))
    print(f"nothing to weigh: {idle:.1f} ms")


def _all(step: Callable[[], int]) -> None:
    while step():
        pass


_EVENTS = """
WITH pushes AS (
  INSERT INTO notifications_push (enterprise_id, kind, digest, body, date_push, received_at, last_received_at, times,
                                  state, attempts, error, result, run_at, fence)
  SELECT enterprise_id, 'sim-status', gen_random_uuid(), '\\x7b7d', now(), now(), now(), 1, 'done', 1, '',
         giccid, now(), 1
    FROM sims_sim WHERE enterprise_id = %s AND removed_at IS NULL LIMIT %s
  RETURNING id, enterprise_id, result)
INSERT INTO notifications_event (push_id, enterprise_id, kind, giccid, happened_at, verdict, original, target, claim,
                                 created_at)
SELECT id, enterprise_id, 'sim-status', result, now(), 'confirmed', 'ACTIVATED', 'DEACTIVATED', '{}', now() FROM pushes
"""


def _make_events(enterprise: Any, count: int) -> None:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notifications_push ALTER result TYPE varchar(40)")
        cursor.execute(_EVENTS, [enterprise.pk, count])


if __name__ == "__main__":
    main()
