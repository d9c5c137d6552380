"""What the answers' headers teach, in whatever order they come."""

import time
from typing import Any

import pytest
import time_machine

from smarthub_client.budget import Granted, Purpose, Wait
from tests.budget.conftest import World, granted, rate

PERSON = Purpose.INTERACTIVE


def test_one_request_asks_the_platform_and_the_others_wait_for_it(world: World) -> None:
    first, second = world.process(), world.process()
    probe = granted(first, Purpose.SWEEP)
    assert [second.acquire(purpose) for purpose in Purpose] == [Wait(0.01, "probe")] * 5
    first.settle(probe, 200, rate(700))
    assert isinstance(second.acquire(PERSON), Granted)


def test_a_probe_without_an_answer_lets_the_next_one_ask_at_once(world: World) -> None:
    first, second = world.process(), world.process()
    first.settle(granted(first), 0)
    assert isinstance(second.acquire(PERSON), Granted)


def test_a_probe_whose_process_died_holds_up_nobody_for_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smarthub_client.budget.PROBE_SECONDS", 0.1)
    granted(world.process())
    second = world.process()
    assert isinstance(second.acquire(PERSON), Wait)
    time.sleep(0.11)
    assert isinstance(second.acquire(PERSON), Granted)


def test_a_lower_remaining_wins_and_an_older_higher_one_changes_nothing(world: World) -> None:
    budget = world.opened(900)
    older, newer = granted(budget), granted(budget)
    budget.settle(newer, 200, rate(400))
    budget.settle(older, 200, rate(899))
    assert budget.look()["left"] == 400


def test_requests_under_way_are_neither_forgotten_nor_counted_twice(world: World) -> None:
    budget = world.opened(9, limit=10)
    grants = [granted(budget) for _ in range(9)]
    assert budget.acquire(PERSON).reason == "settling"  # type: ignore[union-attr]
    for left, grant in zip([4, 0, 8, 2, 6, 1, 3, 5, 7], grants, strict=True):
        budget.settle(grant, 200, rate(left, limit=10))
    assert budget.look()["left"] == 0
    assert budget.look()["flight"] == 0


def test_an_answer_may_free_what_was_doubly_counted(world: World) -> None:
    budget = world.opened(3, limit=10)
    grants = [granted(budget) for _ in range(2)]
    budget.settle(grants[0], 200, rate(1, limit=10))  # both are counted in this
    answer = budget.acquire(PERSON)
    assert answer == Wait(0.02, "settling", answer.ends_in)  # type: ignore[union-attr]
    budget.settle(grants[1], 200, rate(2, limit=10))
    assert isinstance(budget.acquire(PERSON), Granted)


def test_a_crash_between_grant_and_answer_costs_at_most_one_request(world: World) -> None:
    budget = world.opened(2, limit=10)
    granted(budget, seconds=0.1)
    time.sleep(0.11)
    other = granted(budget)  # the dead one is still taken off: 2 - 1
    assert isinstance(budget.acquire(PERSON), Wait)
    budget.settle(other, 200, rate(1, limit=10))  # a later answer knows: it never arrived
    assert isinstance(budget.acquire(PERSON), Granted)


def test_a_request_that_never_left_is_given_back(world: World) -> None:
    budget = world.opened(1, limit=10)
    grant = granted(budget)
    assert isinstance(budget.acquire(PERSON), Wait)
    budget.settle(grant, 0, was_sent=False)
    assert isinstance(budget.acquire(PERSON), Granted)


def test_without_headers_we_count_for_ourselves(world: World) -> None:
    budget = world.process()
    budget.settle(granted(budget), 200, None)
    assert (budget.look()["limit"], budget.look()["left"]) == (5000, 4999)
    budget.settle(granted(budget), 200, None)
    assert budget.look()["lost"] == 1


def test_an_error_of_something_in_between_teaches_nothing(world: World) -> None:
    budget = world.process()
    budget.settle(granted(budget), 502, None)
    assert "left" not in budget.look()


def test_the_next_window_is_noticed_by_its_answers(world: World) -> None:
    budget = world.opened(5, limit=10, reset_in=100)
    early, late = granted(budget), granted(budget)
    budget.settle(early, 200, rate(9, limit=10, reset_in=1000))
    assert budget.look()["left"] == 9
    budget.settle(late, 200, rate(3, limit=10, reset_in=100))  # asked in the window before, answered now
    assert budget.look()["left"] == 9


def test_a_slow_answer_does_not_look_like_a_new_window(world: World) -> None:
    budget = world.opened(5, limit=10, reset_in=3)
    grant = granted(budget)
    slow = Granted(grant.purpose, grant.token, grant.asked_at - 10)
    budget.settle(slow, 200, rate(8, limit=10, reset_in=12))
    assert budget.look()["left"] == 5


def test_after_the_window_one_request_asks_again(world: World) -> None:
    budget = world.opened(0, limit=10, reset_in=0)
    answer = budget.acquire(PERSON)
    assert isinstance(answer, Wait)
    assert answer.reason == "used_up"
    assert 0.9 < answer.seconds <= 1.0  # whole seconds in headers: one more to be sure
    time.sleep(answer.seconds)
    granted(budget, Purpose.SWEEP)
    assert budget.acquire(PERSON) == Wait(0.01, "probe")


@pytest.mark.parametrize("hours", [-3, 5])
def test_our_own_clock_plays_no_part(world: World, hours: int) -> None:
    with time_machine.travel(time.time() + 3600 * hours, tick=True):
        budget = world.opened(0, limit=10, reset_in=100)
        answer = budget.acquire(PERSON)
    assert isinstance(answer, Wait)
    assert 100 < answer.seconds < 102


class TestRefused:
    """429: everybody stops until the reset, an hour at most."""

    def refused(self, world: World, **more: Any) -> Wait:
        budget = world.opened(500)
        budget.settle(granted(budget), 429, rate(0, **more) if more else None)
        answer = world.process().acquire(PERSON)
        assert isinstance(answer, Wait)
        return answer

    @pytest.mark.parametrize(("reset", "stop"), [(120, 121), (99_999, 3601)])
    def test_until_the_reset(self, world: World, reset: float, stop: float) -> None:
        answer = self.refused(world, reset_in=reset)
        assert (answer.reason, round(answer.seconds)) == ("stopped", stop)

    def test_a_minute_without_a_header(self, world: World) -> None:
        assert round(self.refused(world).seconds) == 61

    def test_a_late_good_answer_does_not_let_anybody_go_on(self, world: World) -> None:
        budget = world.opened(500)
        first, second = granted(budget), granted(budget)
        budget.settle(first, 429, rate(0, reset_in=50))
        budget.settle(second, 200, rate(498))
        assert budget.acquire(PERSON).reason == "stopped"  # type: ignore[union-attr]

    def test_then_one_request_asks(self, world: World) -> None:
        budget = world.opened(500)
        budget.settle(granted(budget), 429, rate(0, reset_in=0))
        time.sleep(1.01)
        granted(budget)
        assert budget.acquire(PERSON) == Wait(0.01, "probe")
