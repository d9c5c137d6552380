"""Beats and workers at the same moment, in real transactions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from mirror import jobs, runs
from mirror.jobs import Due, Job
from mirror.models import SyncRun
from tests.support.committed import at_once


def test_two_beats_start_a_slot_once(committed: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    slots = iter(range(100))
    slot = ""
    monkeypatch.setattr(
        jobs,
        "_JOBS",
        {"test.job": Job("test.job", lambda _now: [Due(committed.pk, slot)], lambda _run: None)},
    )
    for _ in range(8):
        slot = str(next(slots))
        assert at_once(*[lambda: runs.start_due_runs(timezone.now())] * 4) == [None] * 4
        run = SyncRun.objects.open().get(enterprise=committed, job="test.job")
        assert run.slot == slot
        SyncRun.objects.filter(pk=run.pk).update(finished_at=timezone.now())
    assert committed.sync_runs.count() == 8


def test_of_many_workers_exactly_one_gets_the_run(committed: Enterprise) -> None:
    now = timezone.now()
    run = SyncRun.objects.create(enterprise=committed, job="test.job", slot="1", run_at=now)
    for number in range(5):
        moment = now + timedelta(minutes=number)  # each time the last lease has run out
        results = at_once(*[lambda: runs.claim(run.pk, moment)] * 6)  # noqa: B023
        assert [type(result).__name__ for result in results if result is not None] == ["SyncRun"]
        run.refresh_from_db()
        assert run.fence == number + 1
