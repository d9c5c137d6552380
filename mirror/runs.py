"""Starting, claiming and finishing sync runs. But for `work`, each function is one short transaction without HTTP."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models.expressions import Combinable
from django.utils import timezone

from mirror.jobs import Due, all_jobs, job_named
from mirror.models import SeenKey, SyncRun

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
PRUNED_AT_ONCE = 1000


class LeaseLost(Exception):
    """Somebody else holds this run now; whatever we still hold must not be written."""


def start_due_runs(now: datetime) -> None:
    """Creates a row for every slot that is due, unless the job's last run is still open.

    Two beats at once create it once: the unique row decides.
    """
    for job in all_jobs():
        busy = set(SyncRun.objects.open().filter(job=job.name).values_list("enterprise_id", flat=True))
        wanted = [due for due in job.due(now) if due.enterprise_id not in busy]
        there = set(
            SyncRun.objects.filter(job=job.name, slot__in={due.slot for due in wanted}).values_list(
                "enterprise_id", "slot"
            )
        )
        rows = [_new_run(job.name, due, now) for due in wanted if (due.enterprise_id, due.slot) not in there]
        SyncRun.objects.bulk_create(rows, ignore_conflicts=True)


def _new_run(job: str, due: Due, now: datetime) -> SyncRun:
    return SyncRun(enterprise_id=due.enterprise_id, job=job, slot=due.slot, run_at=now)


def claim(run_id: int, now: datetime) -> SyncRun | None:
    """Takes a due run for `LEASE`, or None when another worker has it."""
    with transaction.atomic():
        run = SyncRun.objects.claimable(now).select_for_update(skip_locked=True).filter(pk=run_id).first()
        if run is None:
            return None
        run.fence += 1
        run.state = SyncRun.State.RUNNING
        run.started_at = run.started_at or now
        run.lease_until = now + LEASE
        run.save(update_fields=["fence", "state", "started_at", "lease_until"])
        return run


def work(run: SyncRun) -> None:
    """A bounded piece of a claimed run. A fault of ours ends the run visibly, instead of returning with every lease."""
    try:
        job_named(run.job).advance(run)
    except LeaseLost:
        return
    except (OperationalError, InterfaceError):  # the database is away; the lease runs out and another goes on
        raise
    except Exception as error:
        logger.exception("run %s failed", run.pk)
        text = f"A fault of the portal ({type(error).__name__}); the worker's log tells more."
        with suppress(LeaseLost):
            finish(run, SyncRun.State.FAILED, text, SyncRun.ErrorKind.OTHER)


def keep(run: SyncRun, **changes: Any) -> None:
    """Writes progress and renews the lease, but only while we hold it. Raises `LeaseLost`.

    Counters are given as `F` expressions; those stay in the database, plain values are set on `run` too.
    """
    changes.setdefault("lease_until", timezone.now() + LEASE)
    held = SyncRun.objects.filter(pk=run.pk, fence=run.fence, finished_at=None)
    if not held.update(**changes):
        raise LeaseLost(f"run {run.pk} is held by somebody else")
    for name, value in changes.items():
        if not isinstance(value, Combinable):
            setattr(run, name, value)


def hand_over(run: SyncRun) -> None:
    """Ends our piece of work; the next tick goes on from the cursor."""
    keep(run, lease_until=None, run_at=timezone.now())


def wait_until(run: SyncRun, moment: datetime, reason: str, kind: str = "") -> None:
    """Puts a run to sleep (rate limit, platform down) with the reason on it."""
    keep(run, state=SyncRun.State.WAITING, lease_until=None, run_at=moment, error=reason, error_kind=kind)


def finish(run: SyncRun, state: SyncRun.State, error: str = "", kind: str = "") -> None:
    with transaction.atomic():
        keep(run, state=state, error=error, error_kind=kind, finished_at=timezone.now(), lease_until=None)
        SeenKey.objects.filter(run=run).delete()


def prune(now: datetime) -> int:
    """Deletes finished runs older than their job keeps them; how many. Runs of jobs no longer known: 90 days."""
    days: dict[str, int] = {job.name: job.keep_days for job in all_jobs()}
    names = SyncRun.objects.order_by("job").values_list("job", flat=True).distinct()
    deleted = 0
    for name in names:
        oldest = now - timedelta(days=days.get(name, 90))
        old = SyncRun.objects.finished().filter(job=name, finished_at__lt=oldest)
        while ids := list(old.values_list("pk", flat=True)[:PRUNED_AT_ONCE]):
            SyncRun.objects.filter(pk__in=ids).delete()
            deleted += len(ids)
    return deleted
