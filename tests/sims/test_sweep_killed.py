"""Workers that are killed, and workers that meet: real processes and real transactions."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from enterprise.models import Enterprise
from enterprise.start import start_sweep
from mirror import runs
from mirror.models import SeenKey, SyncRun
from sims import sweep
from tests.sims.conftest import SIMS
from tests.support.committed import at_once
from tests.support.compare import assert_mirror_equals
from tests.support.sandbox import ROOT, SandboxProcess, die_with_parent

pytestmark = pytest.mark.servers
KILLS = 3


@pytest.fixture
def fleet(committed: Enterprise, sandbox: SandboxProcess) -> Enterprise:
    """The committed enterprise, connected to the sandbox; every page takes its time."""
    sandbox.faults([{"operation": "sim_list", "kind": "delay", "seconds": 0.1}])
    committed.base_url, committed.is_sandbox = sandbox.base_url, True
    committed.set_secret("api_key", sandbox.api_key)
    committed.save()
    return committed


def test_a_sweep_killed_at_random_moments_completes_and_equals_the_platform(
    fleet: Enterprise, sandbox: SandboxProcess
) -> None:
    run, _is_new = start_sweep(fleet, None)
    chance, claims = random.Random(4), 0
    while claims < KILLS and run.is_open:
        worker = _worker(fleet)
        claims = _wait_for_claim(run, worker, above=claims)
        time.sleep(chance.uniform(0, 0.5))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
        SyncRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    run.refresh_from_db()
    assert run.is_open, "it was never killed in the middle"
    sandbox.faults([])
    assert _worker(fleet).wait(180) == 0
    run.refresh_from_db()
    assert (run.state, run.seen) == (SyncRun.State.SUCCEEDED, SIMS)
    assert (run.created, run.changed) == (SIMS, 0)
    assert not SeenKey.objects.filter(run=run).exists()
    assert_mirror_equals(fleet, sandbox.iterate_fleet(), at_least=SIMS)


def _worker(enterprise: Enterprise) -> "subprocess.Popen[bytes]":
    """`manage.py sync_sims` in a process of its own, on this test's database. It joins the run that is open."""
    settings = connection.settings_dict
    address = {"user": settings["USER"], "host": settings["HOST"], "port": settings["PORT"]}
    query = "&".join(f"{name}={value}" for name, value in address.items() if value)
    secret = f":{settings['PASSWORD']}@" if settings["PASSWORD"] else ""
    environment = {**os.environ, "DATABASE_URL": f"postgresql://{secret}/{settings['NAME']}?{query}"}
    command = [sys.executable, "manage.py", "sync_sims", "--enterprise", enterprise.name]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, preexec_fn=die_with_parent, stdout=subprocess.DEVNULL
    )


def _wait_for_claim(run: SyncRun, worker: "subprocess.Popen[bytes]", *, above: int) -> int:
    """Waits until the worker holds the run; how often it was claimed by then."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if run.fence > above or not run.is_open:
            return run.fence
        assert worker.poll() is None, "the worker ended by itself"
        time.sleep(0.01)
    raise AssertionError("the worker never claimed the run")


def test_two_workers_on_one_run_never_both_write(fleet: Enterprise, sandbox: SandboxProcess) -> None:
    """Both believe to hold it: the first one's lease ran out unnoticed while it waited for a page."""
    run, _is_new = start_sweep(fleet, None)
    now = timezone.now()
    first = runs.claim(run.pk, now)
    second = runs.claim(run.pk, now + runs.LEASE + timedelta(seconds=1))
    assert first is not None and second is not None
    assert at_once(lambda: sweep.advance(first), lambda: sweep.advance(second)) == [None, None]
    run.refresh_from_db()
    assert (run.state, run.fence, run.seen, run.created) == (SyncRun.State.SUCCEEDED, 2, SIMS, SIMS)
    assert run.requests == run.pages + 2  # nothing the first one read was counted
    assert_mirror_equals(fleet, sandbox.iterate_fleet(), at_least=SIMS)


def test_many_workers_share_one_run_piece_by_piece(fleet: Enterprise, sandbox: SandboxProcess) -> None:
    run, _is_new = start_sweep(fleet, None)

    def work() -> int:
        pieces, deadline = 0, time.monotonic() + 55
        while SyncRun.objects.open().filter(pk=run.pk).exists() and time.monotonic() < deadline:
            if held := runs.claim(run.pk, timezone.now()):
                sweep.advance(held, seconds=0)
                pieces += 1
        return pieces

    pieces = at_once(*[work] * 3)
    run.refresh_from_db()
    assert (run.state, run.seen, run.created) == (SyncRun.State.SUCCEEDED, SIMS, SIMS)
    assert run.fence == sum(pieces) and run.requests == run.pages + 2
    assert_mirror_equals(fleet, sandbox.iterate_fleet(), at_least=SIMS)
