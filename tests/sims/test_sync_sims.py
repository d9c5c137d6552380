"""`manage.py sync_sims`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from enterprise.models import Enterprise
from enterprise.start import start_sweep
from mirror.models import SyncRun
from tests.factories import EnterpriseFactory
from tests.sims.conftest import SIMS
from tests.support.budgets import new_window
from tests.support.compare import assert_mirror_equals
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


def run_command(*arguments: str) -> tuple[str, str, str]:
    """Standard output, standard error, and the text of the `CommandError` (which is exit code 1)."""
    out, err, failed = StringIO(), StringIO(), ""
    try:
        call_command("sync_sims", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        assert error.returncode == 1
        failed = str(error)
    return out.getvalue(), err.getvalue(), failed


def test_it_reads_the_fleet_and_says_what_it_did(sandbox: SandboxProcess, connected: Enterprise) -> None:
    out, _waits, failed = run_command()  # with a slow Redis it says that it waits
    run = SyncRun.objects.get()
    assert failed == ""
    assert f"{connected.name}: run {run.pk} complete: {SIMS} SIMs read in {run.requests} requests" in out
    assert f"{SIMS} created, 0 changed, 0 unchanged, 0 rejected" in out
    assert (run.trigger, run.state) == (SyncRun.Trigger.COMMAND, SyncRun.State.SUCCEEDED)
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=SIMS)


def test_it_joins_a_run_that_is_open(connected: Enterprise) -> None:
    run, _is_new = start_sweep(connected, None)
    out, _err, failed = run_command("--enterprise", connected.name)
    assert f"joining run {run.pk}" in out
    assert failed == ""
    assert SyncRun.objects.get().state == SyncRun.State.SUCCEEDED


def test_it_takes_over_what_a_killed_worker_left(connected: Enterprise) -> None:
    run, _is_new = start_sweep(connected, None)
    SyncRun.objects.update(
        state="running", fence=3, lease_until=timezone.now() + timedelta(seconds=1), started_at=timezone.now()
    )
    assert run_command()[2] == ""
    run.refresh_from_db()
    assert run.state == SyncRun.State.SUCCEEDED
    assert run.fence >= 4


def test_a_failed_sweep_is_an_exit_code_with_its_reason(connected: Enterprise) -> None:
    connected.set_secret("api_key", "wrong")
    connected.save()
    out, err, failed = run_command()
    assert "failed: 0 SIMs read" in out
    assert "rejects the API key" in err
    assert failed == f"The sweep did not complete for: {connected.name}. The reason stands above."


def test_one_failure_does_not_keep_the_others_from_being_read(connected: Enterprise) -> None:
    broken = EnterpriseFactory(
        name="A broken one", base_url=connected.base_url, api_key="wrong", is_sandbox=True
    )
    out, _err, failed = run_command()
    assert f"for: {broken.name}." in failed
    assert f"{connected.name}: run" in out
    assert connected.sims.count() == SIMS


def test_nothing_to_read_is_an_error_that_says_what_to_do(db: None) -> None:
    EnterpriseFactory(api_key="")
    EnterpriseFactory(is_enabled=False)
    assert "add one under Enterprise" in run_command()[2]
    assert "add one under Enterprise" in run_command("--enterprise", "Nobody")[2]


def test_a_sleeping_run_says_why_while_it_is_watched(
    sandbox: SandboxProcess, connected: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.settings(rate_limit=0, window_s=600)

    def sleep(_seconds: float) -> None:
        sandbox.settings(rate_limit=5000)
        new_window(connected)
        SyncRun.objects.update(run_at=timezone.now())

    monkeypatch.setattr("sims.management.commands.sync_sims.time.sleep", sleep)
    _out, err, failed = run_command()
    assert "request limit is used up" in err
    assert failed == ""
