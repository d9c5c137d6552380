"""A SIM is gone after two complete sweeps without it and a direct read that did not find it. Nothing less."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from mirror.models import SyncRun
from sims.hints import hint
from sims.models import Hint, Sim
from tests.support.compare import assert_mirror_equals, differences
from tests.support.platform import ScriptedPlatform, answer, sims
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import read_back, sweep

pytestmark = pytest.mark.django_db
GONE = f"{3:019d}"


@pytest.fixture
def platform(enterprise: Enterprise) -> Iterator[ScriptedPlatform]:
    """Swept once, then it loses a SIM."""
    with ScriptedPlatform({"A": sims(150), "B": sims(20, start=500)}) as platform:
        sweep(enterprise)
        del platform.accounts["A"][3]
        yield platform


def marks() -> tuple[int, bool, bool]:
    """(missed sweeps, is missing, is removed) of the SIM that went."""
    sim = Sim.objects.get(giccid=GONE)
    return sim.missed_sweeps, sim.missing_since is not None, sim.removed_at is not None


def removed() -> int:
    return Sim.objects.exclude(removed_at=None).count()


def twice(enterprise: Enterprise) -> None:
    for _ in range(2):
        assert sweep(enterprise).state == SyncRun.State.SUCCEEDED
    Hint.objects.exclude(giccid=GONE).delete()


def test_two_sweeps_and_a_read_remove_it_and_its_row_stays(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    sweep(enterprise)
    assert marks() == (1, True, False)
    since = Sim.objects.get(giccid=GONE).missing_since
    assert [(row.giccid, row.reason) for row in Hint.objects.all()] == [(GONE, "missing")]
    read_back(enterprise)
    assert marks() == (1, True, False), "one sweep is not enough"
    sweep(enterprise)
    assert marks() == (2, True, False)
    read_back(enterprise)
    assert marks() == (2, True, True)
    assert Sim.objects.get(giccid=GONE).missing_since == since
    assert (Sim.objects.count(), removed(), Hint.objects.count()) == (170, 1, 0)
    sweep(enterprise)
    assert (marks(), Hint.objects.count()) == ((2, True, True), 0), "a tombstone is left in peace"


def test_it_rises_when_a_sweep_lists_it_again(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    twice(enterprise)
    read_back(enterprise)
    platform.accounts["A"].insert(3, sims(1, start=3)[0])
    sweep(enterprise)
    assert marks() == (0, False, False)


def test_a_read_that_finds_it_takes_every_mark_away(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    twice(enterprise)
    platform.accounts["A"].insert(3, sims(1, start=3)[0])
    read_back(enterprise)
    assert (marks(), Hint.objects.count()) == ((0, False, False), 0)


@pytest.mark.parametrize(
    "body",
    [
        {"data": [], "total": 1},
        {"data": []},
        {"data": [], "total": None},
        {"data": [], "total": "0"},
        {"data": sims(1, start=4), "total": 1},
        {"data": sims(1, start=4), "total": 2},
        {"data": [{}], "total": 1},
        {"data": ["text"], "total": 1},
    ],
    ids=str,
)
def test_an_answer_that_is_not_whole_removes_nothing(
    enterprise: Enterprise, platform: ScriptedPlatform, body: dict[str, Any]
) -> None:
    twice(enterprise)
    platform.before = lambda _asked: answer({"page": 0, "size": 100} | body)
    read_back(enterprise)
    assert (marks(), removed()) == ((2, True, False), 0)
    assert Hint.objects.get().attempts == 1


def test_an_empty_answer_is_not_believed_because_known_sims_were_asked_for_too(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    twice(enterprise)
    platform.before = lambda _asked: answer({"data": [], "page": 0, "size": 100, "total": 0})
    read_back(enterprise)
    assert (removed(), Hint.objects.get().attempts) == (0, 1)
    lists = [asked.query["giccids"] for asked in platform.asked if "giccids" in asked.query]
    assert GONE in lists[-1] and len(lists[-1].split(",")) == 3


def test_sweeps_that_are_not_complete_count_nothing(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.told_total = 149 + 20 + 5
    for _ in range(3):
        assert sweep(enterprise).state == SyncRun.State.INCOMPLETE
    assert marks() == (0, False, False)


def test_a_platform_that_shows_nothing_for_a_while_loses_no_sim(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    empty = answer({"data": [], "page": 0, "size": 100, "total": 0})
    platform.before = lambda asked: empty if asked.path == "/global-sims" else None
    for _ in range(3):
        sweep(enterprise)
        Hint.objects.update(run_at=timezone.now())
        read_back(enterprise)
    assert removed() <= 1
    assert not Sim.objects.exclude(removed_at=None).exclude(giccid=GONE).exists()
    platform.before = lambda _asked: None
    sweep(enterprise)
    assert not differences(enterprise.pk, [item for items in platform.accounts.values() for item in items])


def test_a_platform_that_has_really_lost_everything_is_believed_in_the_end(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.accounts = {"A": [], "B": []}
    for _ in range(12):
        sweep(enterprise)
        Hint.objects.update(run_at=timezone.now())
        read_back(enterprise)
    assert (removed(), Sim.objects.count()) == (170, 170)


def test_a_hint_alone_removes_nothing(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    hint(enterprise.pk, [GONE], "delta")
    read_back(enterprise)
    assert (marks(), Hint.objects.count()) == ((0, False, False), 0)


@pytest.mark.servers
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "shift", "rows": 3},
        {"kind": "shift", "rows": -3},
        {"kind": "truncate"},
        {"kind": "stale"},
        {"kind": "status", "status": 500},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('rows', '')}",
)
def test_a_bad_day_of_the_platform_removes_only_what_is_gone(
    sandbox: SandboxProcess, connected: Enterprise, fault: dict[str, Any]
) -> None:
    sweep(connected)
    fleet = [item["giccid"] for item in sandbox.fleet()]
    for giccid in fleet[:150:10]:
        sandbox.delete_sim(giccid)
    sandbox.faults([{"operation": "sim_list", "probability": 0.4, **fault}])
    for _ in range(3):
        sweep(connected)
        hint(connected.pk, fleet, "push")  # present ones, too
        for _ in range(2):
            read_back(connected)
            Hint.objects.update(run_at=timezone.now())
    gone = set(Sim.objects.exclude(removed_at=None).values_list("giccid", flat=True))
    assert gone <= set(fleet[:150:10])
    sandbox.faults([])
    for _ in range(2):
        sweep(connected)
        Hint.objects.update(run_at=timezone.now())
        read_back(connected)
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=300)
    assert removed() == 15
