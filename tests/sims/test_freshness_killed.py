"""Workers killed in the middle of a delta or a read-back, and beats that meet."""

import os
import random
import signal
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from mirror import jobs, runs
from mirror.models import SyncRun
from sims.hints import hint
from sims.models import ChangeLog, Hint, Sim
from tests.support.committed import at_once
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import DELTA, READ_BACK, new_run
from tests.support.worker import worker_of

pytestmark = pytest.mark.servers
KILLS = 2


@pytest.fixture
def fleet(committed: Enterprise, sandbox: SandboxProcess) -> Enterprise:
    """The committed enterprise, connected to the sandbox; every answer takes its time."""
    sandbox.faults([{"operation": "*", "kind": "delay", "seconds": 0.15}])
    committed.base_url, committed.is_sandbox = sandbox.base_url, True
    committed.set_secret("api_key", sandbox.api_key)
    committed.save()
    return committed


def kill_in_the_middle(run: SyncRun) -> None:
    """Lets workers begin and kills them, then lets one finish."""
    chance, claims = random.Random(5), 0
    for _ in range(KILLS):
        worker = worker_of(run.pk)
        deadline = time.monotonic() + 60
        while run.fence <= claims and time.monotonic() < deadline:
            time.sleep(0.01)
            run.refresh_from_db()
        time.sleep(chance.uniform(0.1, 0.6))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
        run.refresh_from_db()
        claims = run.fence
        assert run.is_open, "it was not killed in the middle"
        SyncRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert worker_of(run.pk).wait(120) == 0
    run.refresh_from_db()


def test_a_delta_killed_twice_misses_no_entry_and_hints_each_sim(
    fleet: Enterprise, sandbox: SandboxProcess
) -> None:
    giccids = [item["giccid"] for item in sandbox.fleet()]
    for giccid in giccids:
        sandbox.set_sim(giccid, status="QUARANTINED")
    for giccid in giccids:
        sandbox.set_sim(giccid, status="RETIRED")
    run = new_run(fleet, DELTA)
    kill_in_the_middle(run)
    assert (run.state, run.fence >= KILLS + 1) == (SyncRun.State.SUCCEEDED, True)
    assert run.seen == run.created == run.expected == ChangeLog.objects.filter(enterprise=fleet).count()
    assert set(giccids) <= set(Hint.objects.filter(enterprise=fleet).values_list("giccid", flat=True))
    fleet.refresh_from_db()
    assert fleet.changes_until is not None


def test_a_read_back_killed_twice_leaves_no_hint_and_no_sim_out(
    fleet: Enterprise, sandbox: SandboxProcess
) -> None:
    giccids = [item["giccid"] for item in sandbox.fleet()]
    for batch in range(0, 320, 20):  # a call of its own for each twenty, so that there is a middle
        hint(fleet.pk, giccids[batch : batch + 20], "delta")
        Hint.objects.filter(giccid__in=giccids[batch : batch + 20]).update(attempts=2 + batch // 20 % 2)
    run = new_run(fleet, READ_BACK)
    kill_in_the_middle(run)
    assert run.state == SyncRun.State.SUCCEEDED
    assert not Hint.objects.filter(enterprise=fleet).exists()
    assert set(Sim.objects.filter(enterprise=fleet).values_list("giccid", flat=True)) == set(giccids)
    assert run.seen == run.created == 320


def test_two_beats_start_each_job_once(fleet: Enterprise) -> None:
    hint(fleet.pk, ["1"], "delta")
    now = timezone.now()
    assert at_once(*[lambda: runs.start_due_runs(now)] * 3) == [None] * 3
    started = fleet.sync_runs.values_list("job", flat=True)
    wanted = {"sims.sweep", "sims.delta", "sims.readback", "sims.history", "enterprise.accounts"}
    assert sorted(started) == sorted(set(started)) and wanted <= set(started)
    assert "sims.po" in {job.name for job in jobs.all_jobs()}


def test_two_workers_reading_back_at_once_both_believing_to_hold_the_run(
    fleet: Enterprise, sandbox: SandboxProcess
) -> None:
    giccids = [item["giccid"] for item in sandbox.fleet()]
    hint(fleet.pk, giccids, "delta")
    run = new_run(fleet, READ_BACK)
    now = timezone.now()
    first, second = runs.claim(run.pk, now), runs.claim(run.pk, now + runs.LEASE + timedelta(seconds=1))
    assert first is not None and second is not None
    assert at_once(lambda: runs.work(first), lambda: runs.work(second)) == [None, None]
    run.refresh_from_db()
    assert (run.state, run.created, run.seen) == (SyncRun.State.SUCCEEDED, 320, 320)
