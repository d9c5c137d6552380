"""What a sweep does when the platform says "not now", "not you" or nothing at all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from enterprise.pacing import MOST_FAILURES, RESERVED
from mirror.models import SeenKey, SyncRun
from sims.models import Sim
from sims.refresh import refresh_sim
from smarthub_client import BudgetExhausted
from tests.sims.conftest import SIMS
from tests.support.budgets import new_window
from tests.support.compare import assert_mirror_equals
from tests.support.sandbox import SandboxProcess, free_port
from tests.support.sweeps import drive, enterprise_of, new_run, piece, sweep

pytestmark = [pytest.mark.servers, pytest.mark.django_db]
State, Kind = SyncRun.State, SyncRun.ErrorKind


def seconds_to_wait(run: SyncRun) -> float:
    return (run.run_at - timezone.now()).total_seconds()


@pytest.mark.parametrize("reset_style", ["seconds", "epoch"])
def test_429_puts_the_run_to_sleep_until_the_reset_and_says_so(
    sandbox: SandboxProcess, connected: Enterprise, reset_style: str
) -> None:
    sandbox.settings(rate_limit=0, window_s=600, reset_style=reset_style)
    run = piece(new_run(connected))
    assert (run.state, run.error_kind, run.lease_until) == (State.WAITING, Kind.THROTTLED, None)
    assert "request limit is used up" in run.error
    assert 590 < seconds_to_wait(run) <= 602
    connected.refresh_from_db()
    assert (connected.rate_limit, connected.rate_remaining) == (0, 0)


def test_what_the_reserve_keeps_is_not_touched(sandbox: SandboxProcess, connected: Enterprise) -> None:
    sandbox.settings(rate_limit=8, window_s=600)
    run = piece(new_run(connected))
    assert (run.state, run.error_kind, run.error) == (State.WAITING, Kind.THROTTLED, RESERVED)
    assert 8 - run.requests in (2, 3)  # a quarter, and in its first second one for forgotten answers
    assert 20 <= seconds_to_wait(run) <= 600
    assert refresh_one(connected).observed_by == "detail"  # people go on


def refresh_one(enterprise: Enterprise) -> Sim:
    sim = Sim.objects.filter(enterprise=enterprise).earliest("giccid")
    refresh_sim(sim)
    return sim


def test_a_larger_share_for_people_stops_the_sweep_earlier(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    connected.people_share = 75
    connected.save()
    sandbox.settings(rate_limit=8, window_s=600)
    run = piece(new_run(connected))
    assert (run.state, run.error) == (State.WAITING, RESERVED)
    assert 8 - run.requests in (6, 7)


def test_an_own_limit_holds_below_the_platforms(sandbox: SandboxProcess, connected: Enterprise) -> None:
    connected.budget_cap, connected.people_share = 5, 5
    connected.save()
    run = piece(new_run(connected))
    assert (run.state, run.error_kind) == (State.WAITING, Kind.THROTTLED)
    assert 4 <= run.requests <= 5
    with pytest.raises(BudgetExhausted, match="limit set for this connection"):
        for _ in range(2):
            refresh_one(connected)


def test_after_the_reset_it_goes_on_where_it_was(sandbox: SandboxProcess, connected: Enterprise) -> None:
    sandbox.settings(rate_limit=6, window_s=600)
    run = new_run(connected)
    assert piece(run).state == State.WAITING
    sandbox.settings(rate_limit=5000)
    new_window(connected)
    drive(run)
    assert (run.state, run.error, run.error_kind) == (State.SUCCEEDED, "", "")
    assert run.requests == run.pages + 2
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=SIMS)


def test_a_refused_key_fails_the_run_at_once(sandbox: SandboxProcess, connected: Enterprise) -> None:
    connected.set_secret("api_key", "another")
    connected.save()
    run = piece(new_run(connected))
    assert (run.state, run.error_kind, run.is_open) == (State.FAILED, Kind.UNAUTHORIZED, False)
    assert "rejects the API key" in run.error
    assert "another" not in run.error


def test_a_key_refused_in_the_middle_fails_the_run_too(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    run = piece(new_run(connected), seconds=0)
    sandbox.faults([{"operation": "sim_list", "kind": "status", "status": 401}])
    assert piece(run).error_kind == Kind.UNAUTHORIZED
    assert not SeenKey.objects.exists()


def test_a_key_that_cannot_be_opened_fails_with_a_sentence_for_the_administrator(
    connected: Enterprise,
) -> None:
    connected.api_key_sealed = connected.push_key_sealed
    connected.save()
    run = piece(new_run(connected))
    assert (run.state, run.error_kind) == (State.FAILED, Kind.OTHER)
    assert "can't be opened" in run.error and "Enter it again" in run.error


def test_an_enterprise_switched_off_is_not_read_any_more(connected: Enterprise) -> None:
    run = piece(new_run(connected), seconds=0)
    Enterprise.objects.update(is_enabled=False)
    pages = run.pages
    assert piece(run).state == State.FAILED
    assert "switched off" in run.error
    assert run.pages == pages


def test_a_platform_that_is_down_is_asked_again_after_growing_pauses(
    sandbox: SandboxProcess, db: None
) -> None:
    enterprise = enterprise_of(sandbox, base_url=f"http://127.0.0.1:{free_port()}/v1")
    run, waits = new_run(enterprise), []
    for failures in (0, 1, 2, 5, 6, 7):
        SyncRun.objects.update(cursor={"failures": failures})
        piece(run)
        assert (run.state, run.error_kind) == (State.WAITING, Kind.DOWN)
        assert "cannot be reached" in run.error
        assert run.cursor == {"failures": failures + 1}
        waits.append(round(seconds_to_wait(run)))
    assert waits == [5, 10, 20, 160, 300, 300]
    Enterprise.objects.update(base_url=sandbox.base_url)
    drive(run)
    assert (run.state, run.error) == (State.SUCCEEDED, "")
    assert_mirror_equals(enterprise, sandbox.iterate_fleet(), at_least=SIMS)


def test_down_in_the_middle_keeps_the_cursor_and_success_shortens_the_pause_again(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    run = piece(new_run(connected), seconds=0)
    cursor = {name: value for name, value in run.cursor.items() if name != "failures"}
    sandbox.faults([{"operation": "sim_list", "kind": "status", "status": 502}])
    piece(run)
    assert piece(run).cursor == cursor | {"failures": 2}
    sandbox.faults([])
    assert piece(run, seconds=0).cursor["failures"] == 0
    assert drive(run).state == State.SUCCEEDED
    assert_mirror_equals(connected, sandbox.iterate_fleet(), at_least=SIMS)


def test_after_six_hours_of_silence_the_run_gives_up(sandbox: SandboxProcess, connected: Enterprise) -> None:
    sandbox.faults([{"operation": "*", "kind": "status", "status": 503}])
    run = new_run(connected)
    assert piece(run).state == State.WAITING
    SyncRun.objects.update(
        cursor={"failures": MOST_FAILURES - 1}, created_at=timezone.now() - timedelta(days=2)
    )
    run = SyncRun.objects.get()
    assert piece(run).state == State.WAITING, "a long sweep is no silence"
    assert piece(run).state == State.FAILED
    assert "failed on enterprise" in run.error
    pauses = [min(5 * 2**n, 300) for n in range(MOST_FAILURES)]
    assert timedelta(hours=5.9) < timedelta(seconds=sum(pauses)) < timedelta(hours=6.5)


def test_the_rate_told_last_is_noted(sandbox: SandboxProcess, connected: Enterprise) -> None:
    run = sweep(connected)
    connected.refresh_from_db()
    assert (connected.rate_limit, connected.rate_remaining) == (5000, 5000 - run.requests)
