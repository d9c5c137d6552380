"""How often a fleet is swept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from mirror.models import SyncRun
from sims.models import Rollup
from sims.pace import pace, requests_of_a_sweep
from sims.sweep import due
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SyncRunFactory

pytestmark = pytest.mark.django_db


def fleet(enterprise: Enterprise, *sims: int) -> None:
    """So many SIMs in each account."""
    Rollup.objects.bulk_create(
        Rollup(
            enterprise=enterprise, account_id=n, dimension="status", value="ACTIVATED", sims=count, data_mb=0
        )
        for n, count in enumerate(sims)
    )


def test_a_sweep_costs_a_page_for_every_hundred_sims_of_an_account(enterprise: Enterprise) -> None:
    fleet(enterprise, 101, 100, 1)
    assert requests_of_a_sweep(enterprise) == 2 + 2 + 1 + 1


@pytest.mark.parametrize(
    ("sims", "limit", "cap", "minutes"),
    [
        (0, 5000, None, 15),
        (2_000, 5000, None, 15),
        (60_000, 5000, None, 15),
        (100_000, 5000, None, 25),
        (1_000_000, 5000, None, 241),
        (1_000_000, None, None, 241),
        (1_000_000, 5000, 1000, 1201),
        (1_000_000, 100_000, None, 15),
        (1_000_000, 0, None, 241),
    ],
)
def test_it_takes_half_of_an_hours_requests_at_most(
    enterprise: Enterprise, sims: int, limit: int | None, cap: int | None, minutes: int
) -> None:
    fleet(enterprise, sims)
    enterprise.rate_limit, enterprise.budget_cap = limit, cap
    assert pace(enterprise) == timedelta(minutes=minutes)


def test_a_large_fleet_is_not_due_again_until_its_pace_allows(enterprise: Enterprise) -> None:
    now = timezone.now()
    fleet(enterprise, 1_000_000)
    assert len(list(due(now))) == 1
    last = SyncRunFactory(enterprise=enterprise, started_at=now, finished_at=now)
    assert list(due(now + timedelta(minutes=239))) == []
    assert len(list(due(now + timedelta(minutes=242)))) == 1
    SyncRun.objects.filter(pk=last.pk).update(state="failed")
    assert len(list(due(now + timedelta(minutes=16)))) == 1, "a sweep that failed took nothing"


def test_a_small_fleet_keeps_to_its_slots(enterprise: Enterprise) -> None:
    now = timezone.now()
    SyncRunFactory(enterprise=enterprise, started_at=now)
    assert len(list(due(now))) == 1


def test_the_connections_page_says_how_often_it_really_happens(
    viewer: User, sign_in: SignIn, enterprise: Enterprise
) -> None:
    page = sign_in(viewer).get(f"/enterprise/{enterprise.pk}/").content.decode()
    assert "every 15 minutes" in page and "With this fleet" not in page
    fleet(enterprise, 1_000_000)
    page = sign_in(viewer).get(f"/enterprise/{enterprise.pk}/").content.decode()
    assert "With this fleet every 241 minutes: a sweep costs 10,002 requests" in page
