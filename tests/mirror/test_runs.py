"""Claiming, keeping, losing and ending a run."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from enterprise.models import Enterprise
from mirror import jobs, runs
from mirror.jobs import Due, Job
from mirror.models import SeenKey, SyncRun
from tests.factories import EnterpriseFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()
State = SyncRun.State


@pytest.fixture
def run(enterprise: Enterprise) -> SyncRun:
    return SyncRun.objects.create(enterprise=enterprise, job="test.job", slot="1", run_at=NOW)


def job(monkeypatch: pytest.MonkeyPatch, advance: Any = None, due: list[Due] | None = None) -> None:
    """Makes `test.job` the only job there is."""
    monkeypatch.setattr(jobs, "_JOBS", {"test.job": Job("test.job", lambda _now: due or [], advance)})


def test_a_claim_takes_the_run_for_the_length_of_the_lease(run: SyncRun) -> None:
    held = runs.claim(run.pk, NOW)
    assert held is not None
    run.refresh_from_db()
    assert (run.state, run.fence, run.started_at) == (State.RUNNING, 1, NOW)
    assert run.lease_until == NOW + timedelta(seconds=30)


def test_a_held_run_can_not_be_claimed(run: SyncRun) -> None:
    runs.claim(run.pk, NOW)
    assert runs.claim(run.pk, NOW + runs.LEASE) is None
    run.refresh_from_db()
    assert run.fence == 1


def test_a_run_left_by_a_killed_worker_can_after_the_lease(run: SyncRun) -> None:
    runs.claim(run.pk, NOW)
    later = NOW + runs.LEASE + timedelta(milliseconds=1)
    again = runs.claim(run.pk, later)
    assert again is not None
    assert (again.fence, again.started_at) == (2, NOW)


def test_a_run_is_not_claimed_before_its_moment_nor_after_its_end(run: SyncRun) -> None:
    assert runs.claim(run.pk, NOW - timedelta(seconds=1)) is None
    SyncRun.objects.update(finished_at=NOW)
    assert runs.claim(run.pk, NOW) is None
    assert runs.claim(0, NOW) is None


def test_an_old_holder_writes_nothing(run: SyncRun) -> None:
    old = runs.claim(run.pk, NOW)
    new = runs.claim(run.pk, NOW + timedelta(minutes=1))
    assert old is not None and new is not None
    SeenKey.objects.create(run=run, scope="", key="1")
    before = SyncRun.objects.values().get(pk=run.pk)
    for write in (
        lambda: runs.keep(old, cursor={"old": True}),
        lambda: runs.hand_over(old),
        lambda: runs.wait_until(old, NOW, "why"),
        lambda: runs.finish(old, State.FAILED, "why"),
    ):
        with pytest.raises(runs.LeaseLost):
            write()
    assert SyncRun.objects.values().get(pk=run.pk) == before
    assert SeenKey.objects.count() == 1
    assert old.cursor == {}
    runs.keep(new, cursor={"new": True})


def test_progress_renews_the_lease(run: SyncRun) -> None:
    held = runs.claim(run.pk, NOW - timedelta(seconds=0))
    assert held is not None
    SyncRun.objects.update(lease_until=NOW)
    runs.keep(held, cursor={"page": 2})
    run.refresh_from_db()
    assert run.cursor == held.cursor == {"page": 2}
    assert run.lease_until is not None and run.lease_until > timezone.now() + timedelta(seconds=25)


def test_a_handed_over_run_is_due_at_once(run: SyncRun) -> None:
    held = runs.claim(run.pk, NOW)
    assert held is not None
    runs.hand_over(held)
    assert list(SyncRun.objects.claimable(timezone.now())) == [run]


def test_a_waiting_run_says_why_and_until_when(run: SyncRun) -> None:
    held = runs.claim(run.pk, NOW)
    assert held is not None
    runs.wait_until(held, NOW + timedelta(hours=1), "used up", SyncRun.ErrorKind.THROTTLED)
    run.refresh_from_db()
    assert (run.state, run.error, run.error_kind, run.lease_until) == (
        State.WAITING,
        "used up",
        "throttled",
        None,
    )
    assert not SyncRun.objects.claimable(NOW + timedelta(minutes=59)).exists()
    assert SyncRun.objects.claimable(NOW + timedelta(hours=1)).exists()


def test_a_finished_run_is_closed_and_forgets_its_keys(run: SyncRun) -> None:
    held = runs.claim(run.pk, NOW)
    assert held is not None
    SeenKey.objects.create(run=run, scope="", key="1")
    runs.finish(held, State.SUCCEEDED)
    run.refresh_from_db()
    assert (run.state, run.is_open, run.lease_until) == (State.SUCCEEDED, False, None)
    assert not SeenKey.objects.exists()
    with pytest.raises(runs.LeaseLost):
        runs.keep(held, error="too late")


def test_a_due_slot_becomes_one_run_however_often_it_is_asked(
    enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = EnterpriseFactory()
    job(monkeypatch, due=[Due(enterprise.pk, "9"), Due(other.pk, "9")])
    for _ in range(3):
        runs.start_due_runs(NOW)
    assert SyncRun.objects.count() == 2
    SyncRun.objects.update(finished_at=NOW)
    runs.start_due_runs(NOW)
    assert SyncRun.objects.count() == 2


def test_the_next_slot_waits_until_the_last_run_has_ended(
    run: SyncRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    job(monkeypatch, due=[Due(run.enterprise_id, "2")])
    runs.start_due_runs(NOW)
    assert SyncRun.objects.count() == 1
    SyncRun.objects.update(finished_at=NOW)
    runs.start_due_runs(NOW)
    assert SyncRun.objects.open().get().slot == "2"


def test_a_fault_of_ours_ends_the_run_and_shows(
    run: SyncRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    job(monkeypatch, advance=lambda _run: 1 / 0)
    held = runs.claim(run.pk, NOW)
    assert held is not None
    runs.work(held)
    run.refresh_from_db()
    assert (run.state, run.error_kind, run.is_open) == (State.FAILED, "other", False)
    assert "ZeroDivisionError" in run.error
    assert "ZeroDivisionError" in caplog.text


def test_a_job_nobody_knows_any_more_ends_too(run: SyncRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_JOBS", {})
    held = runs.claim(run.pk, NOW)
    assert held is not None
    runs.work(held)
    run.refresh_from_db()
    assert run.state == State.FAILED


@pytest.mark.parametrize("error", [OperationalError("gone"), runs.LeaseLost("gone")])
def test_a_lost_database_or_lease_leaves_the_run_to_another(
    run: SyncRun, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def advance(_run: SyncRun) -> None:
        raise error

    job(monkeypatch, advance=advance)
    held = runs.claim(run.pk, NOW)
    assert held is not None
    if isinstance(error, OperationalError):
        with pytest.raises(OperationalError):
            runs.work(held)
    else:
        runs.work(held)
    run.refresh_from_db()
    assert (run.state, run.is_open) == (State.RUNNING, True)
