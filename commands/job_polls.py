"""Following the platform's batch jobs to their end: every SIM gets its own outcome, by its task's `status` alone.

The documentation's own sample has SUCCESS with an errorMessage, so that text decides nothing. A job is finished when
each of `total` tasks is terminal or its own status is; what it left open then is read back SIM by SIM.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from commands.claims import PAUSES
from commands.evidence import with_evidence
from commands.fleet import fleet
from commands.models import BatchJob, Command, State
from commands.outcomes import JOB_DEADLINE
from enterprise.connections import client_for, note_rate, storable
from enterprise.models import Enterprise
from mirror import leases
from smarthub_client import ConfigurationError, NotFound, SmartHubClient, SmartHubError
from smarthub_client.budget import Purpose

PIECE_SECONDS = 10.0
DONE, FAILED = "SUCCESS", "FAILED"  # of a task; FAILED is assumed
OVER = {"COMPLETED", "FAILED"}  # of a job (assumed)
OPEN_STATES = (State.SENT, State.ACKED, State.UNKNOWN)


@dataclass
class Tasks:
    """What one look at a job told. `errors`: ICCID -> message of its FAILED task."""

    status: str
    total: int
    done: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return self.status in OVER or len(self.done) + len(self.errors) >= self.total


def poll(enterprise_id: int, *, seconds: float = PIECE_SECONDS) -> None:
    """Asks for due jobs for `seconds`."""
    until = time.monotonic() + seconds
    enterprise = Enterprise.objects.get(pk=enterprise_id)
    due = BatchJob.objects.filter(enterprise=enterprise, state=BatchJob.State.PROCESSING).order_by("run_at")
    try:
        client = client_for(enterprise, purpose=Purpose.POLL)
    except ConfigurationError:
        return
    try:
        while time.monotonic() < until and (job := leases.claim(due, timezone.now())):
            if not _look(enterprise, client, job):
                return
    finally:
        client.close()


def _look(enterprise: Enterprise, client: SmartHubClient, job: BatchJob) -> bool:
    """False when the platform or the budget says "not now"."""
    try:
        tasks, sent_at = _read(client, job)
    except NotFound as error:
        _give_up(job, BatchJob.State.LOST, f"SmartHub does not know this job any more: {error}")
        return True
    except SmartHubError as error:
        note_rate(enterprise, error.rate)
        _later(job, error)
        return False
    with transaction.atomic():
        _settle(job, tasks, sent_at)
    return True


def _read(client: SmartHubClient, job: BatchJob) -> tuple[Tasks, datetime]:
    """All pages of its tasks. A task of a SIM that is none of the job's is ignored."""
    first = client.batch_job(job.remote_id)
    total = first.data.get("total")
    found = Tasks(str(first.data.get("status", "")).upper(), total if isinstance(total, int) else job.total)
    items: list[Any] = list(first.data.get("tasks") or [])
    if len(items) < found.total:
        items = [item for page in client.iter_job_tasks(job.remote_id) for item in page.data]
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("giccid"), str):
            continue
        status = str(item.get("status", "")).upper()
        if status == DONE:
            found.done.append(item["giccid"])
        elif status == FAILED:
            found.errors[item["giccid"]] = str(item.get("errorMessage") or "")
    return found, first.sent_at


def _settle(job: BatchJob, tasks: Tasks, sent_at: datetime) -> None:
    """Outcomes of the SIMs first, the job's own progress last. Raises `leases.LeaseLost` when another holds it."""
    now = timezone.now()
    mine = Command.objects.filter(job=job, state__in=OPEN_STATES)
    told = {"at": sent_at.isoformat(), "by": "job", "jobId": job.remote_id}
    done = mine.filter(giccid__in=tasks.done)
    giccids = [*done.values_list("giccid", flat=True)]
    done.update(
        state=State.APPLIED,
        settled_at=now,
        changed_at=now,
        lease_until=None,
        error="",
        why="",
        **with_evidence(told),
    )
    for command in mine.filter(giccid__in=tasks.errors).select_for_update():
        _task_failed(command, tasks.errors[command.giccid], told, now)
        giccids.append(command.giccid)
    if giccids:
        fleet().hint(job.enterprise_id, giccids)
    is_late = now - job.sent_at > JOB_DEADLINE
    if tasks.is_over or is_late:
        _read_back_the_rest(job)
    _progress(job, tasks, now, is_late=is_late)


def _task_failed(command: Command, message: str, told: dict[str, Any], now: datetime) -> None:
    """Refused; unless an earlier issue may have done it: then the SIM itself is asked."""
    command.error = storable(message, 500)
    command.why = "task_failed"
    command.evidence = [*command.evidence, told, {"by": "task", "error": command.error}]
    command.state = State.UNKNOWN if command.is_doubtful else State.REJECTED
    command.settled_at = None if command.is_doubtful else now
    command.changed_at = command.run_at = now
    command.lease_until = None
    command.fence += 1
    command.save()


def _read_back_the_rest(job: BatchJob) -> None:
    now = timezone.now()
    Command.objects.filter(job=job, state__in=[State.SENT, State.ACKED]).update(
        state=State.UNKNOWN,
        is_doubtful=True,
        run_at=now,
        changed_at=now,
        misses=0,
        missed_at=None,
        error="The job ended without telling about this SIM.",
    )


def _progress(job: BatchJob, tasks: Tasks, now: datetime, *, is_late: bool) -> None:
    state = BatchJob.State.PROCESSING
    if tasks.is_over or is_late:
        state = BatchJob.State.COMPLETED if tasks.is_over else BatchJob.State.OVERDUE
    pause = PAUSES[min(job.polls, len(PAUSES) - 1)]
    leases.keep(
        job,
        state=state,
        succeeded=len(tasks.done),
        failed=len(tasks.errors),
        remote_status=storable(tasks.status, 60),
        polled_at=now,
        polls=job.polls + 1,
        run_at=now + timedelta(seconds=pause),
        finished_at=None if state == BatchJob.State.PROCESSING else now,
        lease_until=None,
        error="",
    )


def _later(job: BatchJob, error: SmartHubError) -> None:
    now = timezone.now()
    if now - job.sent_at > JOB_DEADLINE:
        return _give_up(job, BatchJob.State.OVERDUE, "Not finished within a day.")
    retry_at = getattr(error, "retry_at", None) or getattr(error, "reset_at", None)
    run_at = retry_at or now + timedelta(seconds=PAUSES[min(job.polls + 2, len(PAUSES) - 1)])
    return leases.keep(
        job, run_at=run_at, polls=job.polls + 1, lease_until=None, error=storable(str(error), 500)
    )


def _give_up(job: BatchJob, state: BatchJob.State, words: str) -> None:
    with transaction.atomic():
        leases.keep(job, state=state, finished_at=timezone.now(), lease_until=None, error=words[:500])
        _read_back_the_rest(job)
