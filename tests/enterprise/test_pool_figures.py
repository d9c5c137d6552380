"""Share pools as rows: figures the platform may send, however odd."""

from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Account, SharePool
from enterprise.specs import SHARE_POOL
from mirror.apply import Origin, apply

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("total", "used", "share"),
    [
        (1000, 250, 0.25),
        (1000, 0, 0.0),
        (1000, None, None),
        (0, 5, None),
        (None, 5, None),
        (-5, 5, None),
        (1000, -5, 0.0),
        (1e-300, 1e300, None),
        (1.0, 1.7e308, 1e15),
        (1.7e308, 5e-324, 0.0),
    ],
)
def test_any_pair_of_figures_is_stored_with_the_share_it_allows(
    account: Account, total: Any, used: Any, share: float | None
) -> None:
    payload = {"name": "Pool", "accountName": account.name, "totalData": total, "usedData": used}
    origin = Origin(account.enterprise_id, "refresh", timezone.now(), {"account_id": account.pk})
    applied = apply(SHARE_POOL, [payload], origin)
    assert (applied.created, applied.rejected) == (1, 0)
    pool = SharePool.objects.get()
    assert pool.used_share == share
    assert (pool.total_mb, pool.used_mb) == (total, used)


@pytest.mark.parametrize("count", ["5", 1.5, True, 1e30])
def test_a_count_that_is_none_is_refused_with_its_name(account: Account, count: Any) -> None:
    payload = {"name": "Pool", "simCount": count}
    origin = Origin(account.enterprise_id, "refresh", timezone.now(), {"account_id": None})
    assert apply(SHARE_POOL, [payload], origin).rejected == 1
    assert not SharePool.objects.exists()


def test_the_same_name_returns_with_every_cycle(account: Account) -> None:
    origin = Origin(account.enterprise_id, "refresh", timezone.now(), {"account_id": account.pk})
    cycles = [{"name": "Pool", "startTime": f"2026-0{month}-01T00:00:00+0800"} for month in (4, 5)]
    assert apply(SHARE_POOL, cycles, origin).created == 2
