"""What the daily tidying forgets, and what it puts right."""

import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from enterprise.models import Account, Enterprise
from mirror.models import SyncRun
from sims import history as job
from sims.models import AccountDay, ChangeLog, Rollup, Sim, SimDay, SimVersion
from sims.rollups import drift
from tests.factories import SimFactory
from tests.support.sweeps import drive, new_run, piece

pytestmark = pytest.mark.django_db


def fill(sim: Sim, *, days: int) -> None:
    """One row of each kind, so many days old."""
    at = timezone.now() - timedelta(days=days)
    SimDay.objects.create(sim=sim, day=at.date(), data_mb=1, sms=0, voice_min=0)
    SimVersion.objects.create(
        sim=sim, raw={}, observed_at=at, observed_by="sweep", replaced_at=at, replaced_by="sweep"
    )
    AccountDay.objects.get_or_create(
        enterprise=sim.enterprise,
        account_id=7,
        day=at.date(),
        defaults={"data_mb": 1, "sms": 0, "voice_min": 0},
    )
    ChangeLog.objects.create(
        enterprise=sim.enterprise,
        giccid=sim.giccid,
        type="X",
        happened_at=at,
        raw={},
        digest=uuid4(),
        fetched_at=at,
    )


def counts(enterprise: Enterprise) -> list[int]:
    return [
        SimDay.objects.filter(sim__enterprise=enterprise, day__lt=timezone.now().date()).count(),
        SimVersion.objects.filter(sim__enterprise=enterprise).count(),
        AccountDay.objects.filter(enterprise=enterprise).count(),
        ChangeLog.objects.filter(enterprise=enterprise).count(),
    ]


def test_what_is_older_than_agreed_goes_and_the_rest_stays(account: Account, foreign_sim: Sim) -> None:
    Enterprise.objects.filter(pk=account.enterprise_id).update(history_days=31)
    for sim in (SimFactory(account=account), foreign_sim):
        for days in (5, 30, 32, 300):
            fill(sim, days=days)
    run = drive(new_run(account.enterprise, job.JOB_NAME))
    assert (run.state, run.error) == (SyncRun.State.SUCCEEDED, "")
    assert counts(account.enterprise) == [2, 2, 2, 2]
    assert counts(foreign_sim.enterprise) == [4, 4, 4, 4]


def test_it_works_in_batches_and_goes_on_where_it_stopped(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "SIMS_AT_ONCE", 3)
    monkeypatch.setattr(job, "ROWS_AT_ONCE", 3)
    for _ in range(10):
        fill(SimFactory(account=account), days=500)
    run, pieces = new_run(account.enterprise, job.JOB_NAME), 0
    while piece(run, seconds=0).is_open:
        pieces += 1
        assert pieces < 12
    assert pieces > 5
    assert counts(account.enterprise) == [0, 0, 0, 0]


def test_runs_of_frequent_jobs_are_forgotten_after_a_week_and_others_are_not(enterprise: Enterprise) -> None:
    old = timezone.now() - timedelta(days=8)
    for name in ("sims.delta", "sims.readback", "sims.sweep"):
        for finished_at in (old, timezone.now()):
            run = new_run(enterprise, name)
            SyncRun.objects.filter(pk=run.pk).update(finished_at=finished_at, state="succeeded")
    drive(new_run(enterprise, job.JOB_NAME))
    left = SyncRun.objects.exclude(job=job.JOB_NAME).count()
    assert left == 4
    assert SyncRun.objects.filter(finished_at=old).get().job == "sims.sweep"


def test_figures_that_differ_are_put_right_and_reported(
    account: Account, foreign_sim: Sim, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(5):
        SimFactory(account=account, status="RETIRED" if number else "ACTIVATED", data_used_mb=number)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sims_rollup SET sims = sims + 3 WHERE dimension = 'status'")
        cursor.execute("DELETE FROM sims_rollup WHERE dimension = 'package'")
    assert drift(account.enterprise_id) and drift(foreign_sim.enterprise_id)
    with caplog.at_level(logging.ERROR):
        run = drive(new_run(account.enterprise, job.JOB_NAME))
    assert "figures of the overview differed" in run.error
    assert "rollups differed" in caplog.text
    assert not drift(account.enterprise_id)
    assert drift(foreign_sim.enterprise_id), "each enterprise has its own day"
    retired = Rollup.objects.get(enterprise=account.enterprise, dimension="status", value="RETIRED")
    assert (retired.sims, retired.data_mb) == (4, 10)
    SimFactory(account=account, status="RETIRED")
    assert not drift(account.enterprise_id), "and goes on being kept in step"


def test_it_is_due_once_a_day_also_for_those_switched_off(
    enterprise: Enterprise, foreign_enterprise: Enterprise
) -> None:
    Enterprise.objects.filter(pk=enterprise.pk).update(is_enabled=False)
    noon = timezone.now().replace(hour=12)
    slots: list[Any] = list(job.due(noon))
    assert {due.enterprise_id for due in slots} == {enterprise.pk, foreign_enterprise.pk}
    assert slots == list(job.due(noon + timedelta(hours=11)))
    assert slots != list(job.due(noon + timedelta(hours=13)))
