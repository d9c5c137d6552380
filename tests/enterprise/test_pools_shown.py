"""Share pools on the connection's page, and the worst of them for the overview."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enterprise.models import Account, SharePool
from enterprise.queries import pool_list, worst_pools
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SharePoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def pools(account: Account, other_account: Account, foreign_account: Account) -> None:
    for owner, name, used in (
        (account, "Middling", 500),
        (account, "Brimful", 990),
        (other_account, "Untouched", 0),
    ):
        SharePoolFactory(account=owner, name=name, used_mb=float(used))
    SharePoolFactory(account=None, enterprise=account.enterprise, name="Nobody", used_mb=700.0)
    SharePoolFactory(account=foreign_account, name="Elsewhere", used_mb=999.0)
    SharePoolFactory(account=account, name="Vanished", used_mb=999.0, missing_since=timezone.now())


def names(found: object) -> list[str]:
    return [pool.name for pool in found]  # type: ignore[attr-defined]


def test_the_fullest_come_first_and_missing_ones_not_at_all(
    pools: None, viewer: User, account: Account
) -> None:
    assert names(pool_list(viewer, account.enterprise)) == ["Brimful", "Nobody", "Middling", "Untouched"]
    assert names(worst_pools(viewer, account.enterprise, 2)) == ["Brimful", "Nobody"]


def test_a_limited_person_sees_pools_of_their_accounts_only(
    pools: None, outsider: User, account: Account
) -> None:
    assert names(pool_list(outsider, account.enterprise)) == ["Untouched"]
    assert names(worst_pools(outsider, account.enterprise, 9)) == ["Untouched"]


def test_a_pool_that_has_ended_or_tells_no_share_is_no_worry(
    pools: None, viewer: User, account: Account
) -> None:
    SharePool.objects.filter(name="Brimful").update(ends_at=timezone.now() - timedelta(days=1))
    SharePool.objects.filter(name="Nobody").update(total_mb=None)
    SharePool.objects.filter(name="Middling").update(ends_at=None)
    assert names(worst_pools(viewer, account.enterprise)) == ["Middling", "Untouched"]


def test_the_connection_shows_them_with_bar_end_and_age(
    pools: None, viewer: User, outsider: User, account: Account, sign_in: SignIn
) -> None:
    address = f"/enterprise/{account.enterprise_id}/"
    html = sign_in(viewer).get(address).content.decode()
    assert "99%" in html and "Nobody" in html and "Elsewhere" not in html and "Vanished" not in html
    theirs = sign_in(outsider).get(address).content.decode()
    assert "Untouched" in theirs and "Brimful" not in theirs and "Nobody" not in theirs


def test_without_pools_it_says_so(viewer: User, account: Account, sign_in: SignIn) -> None:
    assert "No share pools" in sign_in(viewer).get(f"/enterprise/{account.enterprise_id}/").content.decode()
