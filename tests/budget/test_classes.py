"""Who may go when little is left, and what is put on record."""

import time
from collections.abc import Callable

import pytest

from smarthub_client.budget import Granted, Purpose, Rules, Wait
from tests.budget.conftest import World, granted, rate

SWEEP, PERSON = Purpose.SWEEP, Purpose.INTERACTIVE


def may(world: World, left: int, **more: float) -> list[str]:
    """Whom the budget lets go with so many of 1,000 left at the window's start."""
    budget, found = world.opened(left, **more), []  # type: ignore[arg-type]
    for purpose in Purpose:
        world.redis.hdel(world.state, "n_interactive")  # people's own pace is another test's matter
        if isinstance(budget.acquire(purpose), Granted):
            found.append(purpose.value)
    return found


@pytest.mark.parametrize(
    ("left", "classes"), [(300, 5), (240, 4), (190, 3), (140, 2), (90, 1), (6, 1), (5, 0), (0, 0)]
)
def test_each_class_leaves_something_to_those_above_it(world: World, left: int, classes: int) -> None:
    assert may(world, left) == [purpose.value for purpose in Purpose][:classes]


@pytest.mark.parametrize(("left", "classes"), [(16, 5), (12, 2), (6, 1)])
def test_at_the_end_of_the_window_all_may_use_the_rest(world: World, left: int, classes: int) -> None:
    assert len(may(world, left, reset_in=2)) == classes


def test_a_wait_for_melting_reserves_ends_when_it_says(world: World) -> None:
    budget = world.opened(120, reset_in=10)
    world.redis.hset(world.state, "since", time.time() - 5)
    world.redis.hdel(world.state, "n_interactive")
    first = budget.acquire(SWEEP)
    assert isinstance(first, Wait)
    assert first.reason == "reserve"
    assert 1 < first.seconds < 8
    world.redis.hincrbyfloat(world.state, "since", -first.seconds)
    world.redis.hincrbyfloat(world.state, "ends", -first.seconds)
    assert isinstance(budget.acquire(SWEEP), Granted)


def test_what_people_used_so_far_is_kept_for_them_until_the_end(world: World) -> None:
    budget = world.opened(100, reset_in=10)
    world.redis.hset(world.state, mapping={"since": time.time() - 90, "n_interactive": 900})
    answer = budget.acquire(SWEEP)  # 10 a second for 10 seconds, and half as much again
    assert isinstance(answer, Wait)
    assert answer.reason == "reserve"


def test_a_limit_of_our_own(world: World) -> None:
    budget = world.opened(999, budget=world.process(Rules(cap=3)))
    granted(budget), granted(budget)
    assert budget.acquire(PERSON).reason == "cap"  # type: ignore[union-attr]


def test_reserves_can_be_set(world: World) -> None:
    world.opened(150)
    rules = Rules(reserves=dict.fromkeys(Purpose, 0.1) | {PERSON: 0.0})
    assert isinstance(world.process(rules).acquire(SWEEP), Granted)


def test_an_outsider_makes_us_careful(world: World) -> None:
    budget = world.opened(900, limit=1000)
    for left in (890, 850, 800):
        grant = granted(budget)
        time.sleep(0.5)
        budget.settle(grant, 200, rate(left))
    assert budget.look()["rate"] > 10
    budget.settle(granted(budget), 200, rate(8))
    assert isinstance(budget.acquire(PERSON), Wait)  # without one, people may go down to 5


def test_requests_of_our_own_are_no_outsider(world: World) -> None:
    budget, left = world.opened(900), 900
    for _ in range(3):
        grants = [granted(budget) for _ in range(20)]
        time.sleep(0.5)
        for grant in grants:
            left -= 1
            budget.settle(grant, 200, rate(left))
    assert "rate" not in budget.look()


def test_use_is_counted_by_hour_and_class(world: World) -> None:
    budget = world.opened(900)
    granted(budget, SWEEP)
    budget.settle(granted(budget), 429, rate(0, reset_in=5))
    budget.acquire(SWEEP), budget.acquire(SWEEP, is_first=False)
    hour = int(time.time()) // 3600 * 3600
    counts = world.redis.hgetall(budget.use_key)
    assert 0 <= time.time() - float(counts.pop("began")) < 60
    assert counts == {
        f"{hour}:interactive:granted": "2",
        f"{hour}:interactive:limited": "1",
        f"{hour}:sweep:granted": "1",
        f"{hour}:sweep:refused": "1",
    }


@pytest.mark.parametrize("cap", [None, 400])
def test_what_is_told_to_people_is_what_every_class_gets(
    make_world: Callable[[], World], cap: int | None
) -> None:
    for purpose in Purpose:
        world = make_world()
        budget = world.opened(900, budget=world.process(Rules(cap=cap)))
        told = budget.look()
        got = 0
        while isinstance(budget.acquire(purpose), Granted):
            got += 1
        assert abs(got - told[f"may_{purpose}"]) <= 1, purpose
        assert (told[f"keeps_{purpose}"] > 0) == (purpose is not Purpose.INTERACTIVE)


def test_of_an_unknown_window_nothing_is_told(world: World) -> None:
    assert not [name for name in world.process().look() if name.startswith(("may_", "keeps_"))]


def test_while_everyone_is_stopped_nobody_may(world: World) -> None:
    budget = world.opened(900)
    budget.settle(granted(budget), 429, rate(0, reset_in=100))
    assert all(budget.look().get(f"may_{purpose}", 0) == 0 for purpose in Purpose)
