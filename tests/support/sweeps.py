"""Sweeps driven by hand: no worker, no beat, no waiting."""

import time

from django.utils import timezone

from enterprise.models import Enterprise
from enterprise.pacing import REASONS
from mirror import runs
from mirror.jobs import job_named
from mirror.models import SyncRun
from smarthub_client.budget import BLIND_SECONDS
from tests.factories import EnterpriseFactory
from tests.support.sandbox import SandboxProcess

SWEEP = "sims.sweep"
ACCOUNTS, PACKAGES, POOLS = "enterprise.accounts", "enterprise.packages", "enterprise.pools"
DELTA, READ_BACK = "sims.delta", "sims.readback"
_numbers = iter(range(1, 1_000_000))


def enterprise_of(sandbox: SandboxProcess, **values: object) -> Enterprise:
    """A connection to the sandbox that has never been swept."""
    return EnterpriseFactory(
        **{"base_url": sandbox.base_url, "api_key": sandbox.api_key, "is_sandbox": True, "swept_at": None}
        | values
    )


def new_run(enterprise: Enterprise, job: str = SWEEP) -> SyncRun:
    """A queued run, due now."""
    slot = f"test-{next(_numbers)}"
    return SyncRun.objects.create(enterprise=enterprise, job=job, slot=slot, run_at=timezone.now())


def claimed(run: SyncRun) -> SyncRun:
    """The run as a worker holds it, whenever it is due and whoever held it."""
    SyncRun.objects.filter(pk=run.pk).update(run_at=timezone.now(), lease_until=None)
    held = runs.claim(run.pk, timezone.now())
    assert held is not None, "the run has ended"
    return held


def piece(run: SyncRun, **options: float) -> SyncRun:
    """One claim and one piece of work; the run as it stands then."""
    job_named(run.job).advance(claimed(run), **options)  # type: ignore[call-arg]
    run.refresh_from_db()
    return run


def drive(run: SyncRun, *, pieces: int = 60) -> SyncRun:
    """Works on the run to its end, as if every pause were over at once."""
    for _ in range(pieces):
        if not piece(run).is_open:
            return run
        if run.error == REASONS["alone"]:  # Redis was slow on a busy machine; the client asks it again soon
            time.sleep(BLIND_SECONDS / 10)
    raise AssertionError(f"{run} is still {run.state} after {pieces} pieces: {run.error}")


def sweep(enterprise: Enterprise) -> SyncRun:
    """A full sweep from start to end."""
    return drive(new_run(enterprise))


def refresh(enterprise: Enterprise) -> tuple[SyncRun, SyncRun]:
    """Accounts with their details, then packages, from start to end."""
    return drive(new_run(enterprise, ACCOUNTS)), drive(new_run(enterprise, PACKAGES))


def delta(enterprise: Enterprise) -> SyncRun:
    """The change logs, from start to end."""
    return drive(new_run(enterprise, DELTA))


def read_back(enterprise: Enterprise) -> SyncRun:
    """Every hint that is due, from start to end."""
    return drive(new_run(enterprise, READ_BACK))
