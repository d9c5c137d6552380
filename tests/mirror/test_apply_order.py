"""Whatever order answers arrive in, the mirror ends in the newest."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enterprise.models import Account
from mirror.apply import apply
from sims.models import Sim
from sims.spec import SIM
from tests.factories import sim_payload
from tests.mirror.conftest import GICCID, Put, at, origin_of

pytestmark = pytest.mark.django_db
STATUSES = ("ACTIVATED", "DEACTIVATED", "RETIRED", "INVENTORY")
# The database is emptied by hand between examples.
SETTINGS = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


def test_an_older_answer_never_overwrites(put: Put, payload: dict[str, Any]) -> None:
    put(payload, seconds=10)
    applied = put(payload | {"status": "RETIRED"}, seconds=9.999)
    assert (applied.changed, applied.stale) == (0, 1)
    assert (Sim.objects.get().status, Sim.objects.get().observed_at) == ("ACTIVATED", at(10))


def test_an_answer_sent_at_the_same_moment_does(put: Put, payload: dict[str, Any]) -> None:
    put(payload, seconds=10)
    assert put(payload | {"status": "RETIRED"}, seconds=10).changed == 1
    assert Sim.objects.get().status == "RETIRED"


def test_an_older_answer_does_not_bring_a_missing_sim_back(put: Put, payload: dict[str, Any]) -> None:
    put(payload, seconds=10)
    Sim.objects.update(missing_since=at(11))
    assert put(payload, seconds=9).stale == 1
    assert Sim.objects.get().missing_since == at(11)


def test_there_and_back_again_is_not_undone_by_a_late_answer(put: Put, payload: dict[str, Any]) -> None:
    put(payload, seconds=1)
    put(payload, seconds=3, is_direct=True)
    put(payload | {"status": "RETIRED"}, seconds=2, is_direct=True)
    assert Sim.objects.get().status == "ACTIVATED"


@SETTINGS
@given(st.permutations(range(len(STATUSES))))
def test_any_permutation_of_a_sweeps_answers_ends_in_the_newest(account: Account, order: list[int]) -> None:
    Sim.objects.all().delete()
    for number in order:
        payload = sim_payload(GICCID, status=STATUSES[number])
        apply(SIM, [payload], origin_of(account, number))
    assert (Sim.objects.get().status, Sim.objects.get().observed_at) == (STATUSES[-1], at(len(STATUSES) - 1))


@SETTINGS
@given(st.data())
def test_any_permutation_of_direct_reads_does_too_even_of_equal_ones(
    account: Account, data: st.DataObject
) -> None:
    """A state that went and came back (A, B, A) is the hard case: the last answer equals the row."""
    Sim.objects.all().delete()
    history = data.draw(st.lists(st.sampled_from(STATUSES[:2]), min_size=1, max_size=6))
    for number in data.draw(st.permutations(range(len(history)))):
        payload = sim_payload(GICCID, status=history[number])
        apply(SIM, [payload], origin_of(account, number, is_direct=True))
    sim = Sim.objects.get()
    assert (sim.status, sim.observed_at) == (history[-1], at(len(history) - 1))


@SETTINGS
@given(st.data())
def test_several_sims_in_overlapping_pages_each_end_in_their_newest(
    account: Account, data: st.DataObject
) -> None:
    Sim.objects.all().delete()
    giccids = [f"{number:019d}" for number in range(3)]
    pages = data.draw(st.lists(st.sets(st.sampled_from(giccids), min_size=1), min_size=1, max_size=4))
    for number in data.draw(st.permutations(range(len(pages)))):
        page = [sim_payload(giccid, data_used_mb=float(number)) for giccid in sorted(pages[number])]
        apply(SIM, page, origin_of(account, number))
    newest = {giccid: float(number) for number, page in enumerate(pages) for giccid in page}
    assert dict(Sim.objects.values_list("giccid", "data_used_mb")) == newest
