"""Sweeps of a platform that has a bad day."""

from typing import Any

import pytest

from enterprise.models import Enterprise
from mirror.models import SyncRun
from sims.models import Sim
from tests.sims.conftest import SIMS
from tests.support.compare import assert_mirror_equals, differences
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import drive, new_run, piece, sweep

pytestmark = [pytest.mark.servers, pytest.mark.django_db]
State = SyncRun.State
FAULTS: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "408": {"kind": "status", "status": 408},
    "truncate": {"kind": "truncate"},
    "html": {"kind": "html"},
    "drop": {"kind": "drop_before"},
    "delay": {"kind": "delay", "seconds": 0.2},
    "shift": {"kind": "shift", "rows": 3},
    "shift back": {"kind": "shift", "rows": -3},
}


def sweep_until_complete(enterprise: Enterprise, *, at_most: int = 4) -> SyncRun:
    """As the schedule would: again, until one is complete."""
    for _ in range(at_most):
        run = sweep(enterprise)
        if run.state == State.SUCCEEDED:
            return run
        assert run.state == State.INCOMPLETE, run.error
    raise AssertionError(run.error)


@pytest.mark.parametrize("name", FAULTS)
def test_one_request_in_three_fails_and_the_mirror_ends_equal(
    sandbox: SandboxProcess, connected: Enterprise, name: str
) -> None:
    sandbox.faults([{"operation": "sim_list", "probability": 0.33, **FAULTS[name]}])
    sweep_until_complete(connected)
    assert sandbox.faults()[0]["fired"] > 0
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=SIMS)


def test_a_bit_of_everything_at_five_percent_converges(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    sandbox.faults([{"operation": "*", "probability": 0.05, **fault} for fault in FAULTS.values()])
    sweep_until_complete(connected)
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=SIMS)


def test_stale_pages_never_mark_anything_missing(sandbox: SandboxProcess, connected: Enterprise) -> None:
    sweep(connected)
    giccid = sandbox.fleet()[0]["giccid"]
    sandbox.set_sim(giccid, status="RETIRED")
    sandbox.faults([{"operation": "sim_list", "kind": "stale"}])
    sweep(connected)
    assert not Sim.objects.exclude(missing_since=None).exists()
    sandbox.faults([])
    sweep(connected)
    assert Sim.objects.get(giccid=giccid).status == "RETIRED"


def test_data_that_changes_while_it_is_read_is_right_after_the_next_quiet_sweep(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    giccids = [item["giccid"] for item in sandbox.fleet()]
    run, number = new_run(connected), 0
    while piece(run, seconds=0).is_open:
        number += 1
        sandbox.set_sim(giccids[number], status="RETIRED")
        sandbox.set_sim(giccids[-number], accountName="Pacific Vending")
        if number % 2:
            sandbox.delete_sim(giccids[100 + number])
            sandbox.add_sims(1)
        assert number < 60
    # A wrong mark would be worse than a missing one: whatever the platform lists must be visible now.
    now = {item["giccid"] for item in sandbox.fleet()}
    hidden = set(Sim.objects.exclude(missing_since=None).values_list("giccid", flat=True))
    assert not hidden & now
    assert sweep(connected).state == State.SUCCEEDED
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=SIMS - 10)


def test_a_huge_answer_ends_the_run_and_changes_nothing(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    sweep(connected)
    sandbox.faults([{"operation": "sim_list", "kind": "huge", "count": 1}])
    assert drive(new_run(connected)).state == State.FAILED
    assert not differences(connected.pk, sandbox.iterate_fleet())
