"""Which pushes a worker holds. Attempts are counted when a push is taken up, so that one that kills workers ends, too.

Fresh pushes are taken many at a time. One that was taken before and not finished is taken alone: whatever it does to a
worker, it does to no other push.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from mirror.leases import LEASE
from notifications.models import Push

BATCH = 200
MOST_ATTEMPTS = 8
# Committed before anything is done with them. An array, not IN: a plan may ask a sub-select again for every row, and
# each time it would pass over what it locked before, so that more than the limit were taken.
_CLAIM = """
UPDATE notifications_push SET attempts = attempts + 1, fence = fence + 1, lease_until = %(until)s
 WHERE id = ANY(ARRAY(
             SELECT id FROM notifications_push
              WHERE state = 'new' AND run_at <= %(now)s AND (lease_until IS NULL OR lease_until < %(now)s)
                AND CASE WHEN %(fresh)s THEN attempts = 0 ELSE attempts > 0 END
              ORDER BY run_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
RETURNING id
"""


def claim(now: datetime, *, fresh: bool) -> list[Push]:
    """Takes waiting pushes for `LEASE`, oldest first: up to `BATCH` fresh ones, or one that was taken before."""
    values: dict[str, Any] = {
        "now": now,
        "until": now + LEASE,
        "fresh": fresh,
        "limit": BATCH if fresh else 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        ids = [row[0] for row in cursor.fetchall()]
    rows = Push.objects.filter(pk__in=ids).order_by("pk")
    return [push for push in rows if not _bury(push, now)] if not fresh else list(rows)


def _bury(push: Push, now: datetime) -> bool:
    """Gives up what was taken more often than `MOST_ATTEMPTS` allows: its worker never came back to say why."""
    if push.attempts <= MOST_ATTEMPTS:
        return False
    give_back(push, now, push.error or "The worker did not come back from this push.")
    return True


def finish(result_of: dict[int, str]) -> None:
    """These are done, with what came of each; in the transaction in which `lock_held` found them ours."""
    of_result: defaultdict[str, list[int]] = defaultdict(list)
    for pk, result in result_of.items():
        of_result[result].append(pk)
    for result, pks in of_result.items():
        Push.objects.filter(pk__in=pks).update(
            state=Push.State.DONE, result=result, error="", lease_until=None
        )


def lock_held(pushes: Sequence[Push]) -> set[int]:
    """Those of `pushes` that nobody else has taken since; locked until the transaction ends."""
    fences = {push.pk: push.fence for push in pushes}
    rows = Push.objects.filter(pk__in=fences, state=Push.State.NEW).order_by("pk").select_for_update()
    return {pk for pk, fence in rows.values_list("pk", "fence") if fences[pk] == fence}


def give_back(push: Push, now: datetime, error: str) -> None:
    """It failed: again later, twice as late each time; after `MOST_ATTEMPTS` it is dead and waits for a person."""
    is_dead = push.attempts >= MOST_ATTEMPTS
    ours = Push.objects.filter(pk=push.pk, fence=push.fence, state=Push.State.NEW)
    ours.update(
        state=Push.State.DEAD if is_dead else Push.State.NEW,
        error=error[:2000],
        lease_until=None,
        run_at=now + timedelta(seconds=2**push.attempts),
    )


def replay(pushes: "QuerySet[Push]", now: datetime) -> int:
    """Processes them anew, as if they had just come: through the same row, so with the same one event. How many."""
    return pushes.exclude(state=Push.State.NEW).update(
        state=Push.State.NEW, attempts=0, error="", result="", run_at=now, lease_until=None
    )
