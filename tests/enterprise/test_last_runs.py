"""The newest run of each job, for pages that show how the sync is doing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from enterprise.queries import last_runs
from staff.models import User
from tests.factories import SyncRunFactory

pytestmark = pytest.mark.django_db


def test_a_job_that_runs_all_the_time_does_not_hide_the_others(
    viewer: User, stranger: User, enterprise: Enterprise, foreign_enterprise: Enterprise
) -> None:
    sweep = SyncRunFactory(enterprise=enterprise)
    SyncRunFactory(enterprise=foreign_enterprise)
    now = timezone.now()
    for minutes in (3, 1, 2):
        SyncRunFactory(
            enterprise=enterprise, job="sims.readback", started_at=now - timedelta(minutes=minutes)
        )
    running = SyncRunFactory(enterprise=enterprise, job="sims.readback", is_open=True, started_at=None)
    shown = list(last_runs(viewer, enterprise))
    assert shown == [running, sweep]
    assert list(last_runs(stranger, enterprise)) == []
