"""How long finished runs are kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from mirror import runs, tasks
from mirror.models import SyncRun
from tests.factories import RejectedPayloadFactory, SyncRunFactory

pytestmark = pytest.mark.django_db


def aged(enterprise: Enterprise, job: str, days: float, **values: object) -> SyncRun:
    at = timezone.now() - timedelta(days=days)
    return SyncRunFactory(enterprise=enterprise, job=job, **{"finished_at": at, "run_at": at} | values)


def test_runs_of_busy_jobs_go_after_a_week_and_others_after_90_days(enterprise: Enterprise) -> None:
    kept = [
        aged(enterprise, "sims.delta", 6.9),
        aged(enterprise, "sims.readback", 6.9),
        aged(enterprise, "sims.sweep", 89),
        aged(enterprise, "of the past", 89),
        aged(enterprise, "sims.delta", 400, finished_at=None, state="waiting"),
    ]
    for job in ("sims.delta", "sims.readback", "enterprise.pools"):
        aged(enterprise, job, 7.1)
    for job in ("sims.sweep", "of the past", "enterprise.accounts"):
        aged(enterprise, job, 91)
    tasks.tidy()
    assert set(SyncRun.objects.all()) == set(kept)


def test_a_rejected_payload_outlives_its_run(enterprise: Enterprise) -> None:
    payload = RejectedPayloadFactory(enterprise=enterprise, run=aged(enterprise, "sims.delta", 8))
    runs.prune(timezone.now())
    payload.refresh_from_db()
    assert payload.run is None


def test_many_go_in_several_steps(enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PRUNED_AT_ONCE", 2)
    for _ in range(5):
        aged(enterprise, "sims.delta", 8)
    assert runs.prune(timezone.now()) == 5
