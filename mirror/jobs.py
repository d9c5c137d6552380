"""The registry of sync jobs. Apps above `mirror` register theirs in `AppConfig.ready`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from mirror.models import SyncRun


@dataclass(frozen=True)
class Due:
    """An enterprise's slot that should have been started by now."""

    enterprise_id: int
    slot: str


@dataclass(frozen=True)
class Job:
    """`due` names slots (existing ones are ignored by the unique row); `advance` does a bounded piece of work.

    `keep_days`: so long finished runs are kept; fewer for jobs that run every few minutes.
    """

    name: str
    due: Callable[[datetime], Iterable[Due]]
    advance: Callable[[SyncRun], None]
    keep_days: int = 90


_JOBS: dict[str, Job] = {}


def register(job: Job) -> None:
    _JOBS[job.name] = job


def job_named(name: str) -> Job:
    return _JOBS[name]


def all_jobs() -> list[Job]:
    return list(_JOBS.values())
