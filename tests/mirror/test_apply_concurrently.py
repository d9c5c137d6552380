"""Several writers of the same rows at the same moment, in real transactions."""

import itertools
import random

from enterprise.models import Account, Enterprise
from mirror.apply import Applied, apply
from mirror.models import RejectedPayload
from sims.models import Sim
from sims.spec import SIM
from tests.factories import AccountFactory, sim_payload
from tests.mirror.conftest import origin_of
from tests.support.committed import at_once

GICCIDS = [f"{number:019d}" for number in range(120)]
ROUNDS = 12


def writer(account: Account, numbers: "itertools.count[int]", seed: int) -> list[Applied]:
    """Pages of 60 out of 120 SIMs, in an order of its own; a newer number for every page."""
    chance, applied = random.Random(seed), []
    for _ in range(ROUNDS):
        number = next(numbers)
        page = [sim_payload(giccid, data_used_mb=float(number)) for giccid in chance.sample(GICCIDS, 60)]
        applied.append(apply(SIM, [*page, {"giccid": "bad"}], origin_of(account, number)))
    return applied


def test_overlapping_pages_end_without_deadlock_or_error(committed: Enterprise) -> None:
    account, numbers = AccountFactory(enterprise=committed), itertools.count(1)
    results = at_once(*[lambda seed=seed: writer(account, numbers, seed) for seed in range(4)])
    assert [result for result in results if isinstance(result, Exception)] == []
    calls = [applied for result in results for applied in result]
    assert (
        sum(applied.created for applied in calls) == Sim.objects.filter(enterprise=committed).count() == 120
    )
    assert RejectedPayload.objects.get(enterprise=committed).times == 4 * ROUNDS


def test_two_first_sights_of_the_same_sim_are_one_row(committed: Enterprise) -> None:
    account = AccountFactory(enterprise=committed)
    for number in range(10):
        payload = sim_payload(f"{number:019d}")
        results = at_once(*[lambda: apply(SIM, [payload], origin_of(account))] * 2)  # noqa: B023
        assert sorted(applied.created for applied in results) == [0, 1]
    assert committed.sims.count() == 10
