"""Once a day: history older than the enterprise keeps it goes, and the rollups are compared with a full count.

Nothing is asked of the platform. Every step is a short transaction; a killed worker's run goes on from the last SIM.
"""

import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from enterprise.models import Enterprise
from mirror import runs
from mirror.jobs import Due, Job
from mirror.models import SyncRun
from sims.models import AccountDay, Sim
from sims.rollups import drift, rewrite

logger = logging.getLogger(__name__)
JOB_NAME = "sims.history"
PIECE_SECONDS = 10.0
SIMS_AT_ONCE = 2_000
ROWS_AT_ONCE = 5_000
# Jobs that run every few minutes or seconds would fill the list of runs.
FREQUENT_JOBS = ("sims.delta", "sims.readback")
RUNS_KEPT = timedelta(days=7)

_OLD_LOGS = """
DELETE FROM sims_changelog WHERE id IN (
  SELECT id FROM sims_changelog WHERE enterprise_id = %s AND happened_at < %s ORDER BY happened_at LIMIT %s)
"""
_OLD_DAYS = "DELETE FROM sims_simday WHERE sim_id = ANY(%s) AND day < %s"
_OLD_VERSIONS = "DELETE FROM sims_simversion WHERE sim_id = ANY(%s) AND replaced_at < %s"


def due(now: datetime) -> Iterable[Due]:
    """One slot a day, also for enterprises that are switched off: what they kept grows old, too."""
    slot = now.strftime("%Y-%m-%d")
    return [Due(pk, slot) for pk in Enterprise.objects.values_list("pk", flat=True)]


def advance(run: SyncRun, *, seconds: float = PIECE_SECONDS) -> None:
    """Batches for `seconds`, one at least; then hands over or finishes."""
    until = time.monotonic() + seconds
    with suppress(runs.LeaseLost):
        while _next_batch(run):
            if time.monotonic() > until:
                runs.hand_over(run)
                return
        _compare(run)


def _next_batch(run: SyncRun) -> bool:
    """Old rows of the next SIMs, or else a batch of old change logs. False: nothing old is left."""
    cutoff = timezone.now() - timedelta(days=run.enterprise.history_days)
    after = run.cursor.get("after", 0)
    sims = Sim.objects.filter(enterprise=run.enterprise_id, pk__gt=after).order_by("pk")
    pks = list(sims.values_list("pk", flat=True)[:SIMS_AT_ONCE])
    with transaction.atomic():
        runs.keep(run, cursor={"after": pks[-1] if pks else after}, state=SyncRun.State.RUNNING)
        if pks:
            _delete(_OLD_DAYS, pks, cutoff.date())
            _delete(_OLD_VERSIONS, pks, cutoff)
            return True
        if _delete(_OLD_LOGS, run.enterprise_id, cutoff, ROWS_AT_ONCE) == ROWS_AT_ONCE:
            return True
        AccountDay.objects.filter(enterprise=run.enterprise_id, day__lt=cutoff.date()).delete()
        _forget_runs(run)
    return False


def _delete(sql: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))  # type: ignore[arg-type]  # lists become PostgreSQL's arrays
        return int(cursor.rowcount)


def _forget_runs(run: SyncRun) -> None:
    frequent = SyncRun.objects.finished().filter(enterprise=run.enterprise_id, job__in=FREQUENT_JOBS)
    old = frequent.filter(finished_at__lt=timezone.now() - RUNS_KEPT).values("pk")[: ROWS_AT_ONCE * 4]
    SyncRun.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()


def _compare(run: SyncRun) -> None:
    """Triggers keep the rollups in step. Should they ever differ, that is a fault of ours: it is mended and told."""
    found = drift(run.enterprise_id)
    if not found:
        return runs.finish(run, SyncRun.State.SUCCEEDED)
    found = rewrite(run.enterprise_id)
    logger.error(
        "rollups differed from a full count and were rewritten: enterprise %s, %s", run.enterprise_id, found
    )
    text = f"{len(found)} figures of the overview differed from a full count and were put right."
    return runs.finish(run, SyncRun.State.SUCCEEDED, text)


JOB = Job(name=JOB_NAME, due=due, advance=advance)
