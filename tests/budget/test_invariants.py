"""Whatever happens in whatever order: we are never refused, and when all has settled nothing is left over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smarthub_client.budget import Budget, Granted, Purpose, Rules
from tests.budget.conftest import World, granted, rate

PURPOSES = list(Purpose)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["ask", "ask", "ask", "arrive", "arrive", "answer", "answer", "lose", "crash", "unsent"]
        ),
        st.integers(0, 50),
    ),
    max_size=60,
)


@dataclass
class Platform:
    """Counts what arrives; an answer may come long after that, or never."""

    limit: int
    used: int = 0
    refused: int = 0
    under_way: list[tuple[Budget, Granted]] = field(default_factory=list)
    arrived: list[tuple[Budget, Granted, int]] = field(default_factory=list)

    def arrive(self, number: int) -> None:
        if self.under_way:
            budget, grant = self.under_way.pop(number % len(self.under_way))
            self.used += 1
            self.refused += self.used > self.limit
            self.arrived.append((budget, grant, max(0, self.limit - self.used)))

    def answer(self, number: int) -> None:
        if self.arrived:
            budget, grant, left = self.arrived.pop(number % len(self.arrived))
            budget.settle(grant, 200, rate(left, limit=self.limit))

    def lose(self, number: int) -> None:
        """The connection broke, after it arrived or before."""
        if number % 2:
            self.arrive(number)
            if self.arrived:
                budget, grant, _ = self.arrived.pop()
                budget.settle(grant, 0)
        elif self.under_way:
            budget, grant = self.under_way.pop(number % len(self.under_way))
            budget.settle(grant, 0)

    def crash(self, number: int) -> None:
        """It arrived, and nobody was there for the answer."""
        self.arrive(number)
        if self.arrived:
            self.arrived.pop()

    def unsent(self, number: int) -> None:
        if self.under_way:
            budget, grant = self.under_way.pop(number % len(self.under_way))
            budget.settle(grant, 0, was_sent=False)


def play(world: World, platform: Platform, steps: list[tuple[str, int]], rules: Rules) -> int:
    """How many were granted. The first one is answered: nobody can promise anything before that."""
    budgets, grants = [world.process(rules) for _ in range(4)], 1
    platform.under_way.append((budgets[0], granted(budgets[0])))
    settle_all(platform)
    for what, number in steps:
        if what != "ask":
            getattr(platform, what)(number)
            continue
        budget = budgets[number % 4]
        answer = budget.acquire(PURPOSES[number % 5])
        if isinstance(answer, Granted):
            grants += 1
            platform.under_way.append((budget, answer))
    return grants


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 30), before=st.integers(0, 30), steps=STEPS)
def test_the_platform_never_refuses_us(
    make_world: Callable[[], World], limit: int, before: int, steps: list[tuple[str, int]]
) -> None:
    platform = Platform(limit, used=min(before, limit - 1))
    play(make_world(), platform, steps, Rules())
    while platform.under_way:
        platform.arrive(0)
    assert platform.refused == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 30), cap=st.integers(1, 30), steps=STEPS)
def test_grants_never_exceed_the_limit_nor_our_own(
    make_world: Callable[[], World], limit: int, cap: int, steps: list[tuple[str, int]]
) -> None:
    platform = Platform(limit)
    grants = play(make_world(), platform, [step for step in steps if step[0] != "unsent"], Rules(cap=cap))
    assert grants <= min(limit, cap)
    assert platform.used <= limit


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 30), steps=STEPS)
def test_once_all_has_settled_people_can_use_every_request(
    make_world: Callable[[], World], limit: int, steps: list[tuple[str, int]]
) -> None:
    world, platform = make_world(), Platform(limit)
    play(world, platform, [step for step in steps if step[0] != "crash"], Rules())
    person = world.process()
    for _ in range(2 * limit + 2):
        settle_all(platform)
        world.redis.hdel(world.state, "forgotten_until")
        answer = person.acquire(Purpose.INTERACTIVE)
        if isinstance(answer, Granted):
            platform.under_way.append((person, answer))
    lost_since_the_last_answer = int(person.look().get("lost", 0))
    assert platform.used + lost_since_the_last_answer >= limit
    assert platform.refused == 0


def settle_all(platform: Platform) -> None:
    while platform.under_way:
        platform.arrive(0)
    while platform.arrived:
        platform.answer(0)


def test_the_test_sees_a_budget_that_grants_everything(world: World) -> None:
    """The negative control: without the script the platform refuses."""

    class Nodding:
        def register_script(self, _script: str) -> Any:
            return lambda **_: ["0", "", "-1", "0", "0"]

    world.redis = Nodding()
    platform = Platform(3)
    play(world, platform, [("ask", 0)] * 5 + [("arrive", 0)] * 5, Rules())
    assert platform.refused == 3
