"""Many SIMs refreshed at a person's wish."""

import pytest
from django.utils import timezone

from enterprise.models import Account
from sims.models import Hint, Sim
from sims.refresh import price_of, refresh_many
from staff.models import User
from tests.factories import SimFactory

pytestmark = pytest.mark.django_db


def test_they_are_hinted_before_whatever_waits(operator: User, sim: Sim, foreign_sim: Sim) -> None:
    assert refresh_many(operator, Sim.objects.all()) == 2
    rows = Hint.objects.order_by("enterprise_id").values_list("enterprise_id", "giccid", "reason")
    assert list(rows) == [
        (sim.enterprise_id, sim.giccid, "person"),
        (foreign_sim.enterprise_id, foreign_sim.giccid, "person"),
    ]
    assert not Hint.objects.filter(run_at__gt=timezone.now()).exists()


def test_nobody_refreshes_what_they_do_not_see(
    stranger: User, outsider: User, sim: Sim, other_account: Account, foreign_sim: Sim
) -> None:
    mine = SimFactory(account=other_account)
    assert refresh_many(outsider, Sim.objects.all()) == 1
    assert Hint.objects.get().giccid == mine.giccid
    Hint.objects.all().delete()
    assert refresh_many(stranger, Sim.objects.filter(pk=sim.pk)) == 0
    assert not Hint.objects.exists()


@pytest.mark.parametrize(("sims", "requests"), [(0, 0), (1, 1), (100, 1), (101, 2), (10_000, 100)])
def test_the_price_is_a_request_for_a_hundred(sims: int, requests: int) -> None:
    assert price_of(sims) == requests
