"""Redis forgets, goes back in time, freezes or goes away."""

import time
from collections.abc import Iterator

import pytest

from smarthub_client.budget import Budget, Granted, Purpose, Wait
from smarthub_client.budget_local import BURST
from tests.budget.conftest import FAILURES, World, granted, rate
from tests.support.timing import quickest
from tests.support.valkey import OwnValkey, connect

SWEEP, PERSON = Purpose.SWEEP, Purpose.INTERACTIVE


def test_after_flushall_exactly_one_request_asks(world: World) -> None:
    budgets = [world.opened(900), world.process(), world.process()]
    world.forget()
    world.redis.script_flush()
    answers = [budget.acquire(PERSON) for budget in budgets for _ in range(5)]
    assert sum(isinstance(answer, Granted) for answer in answers) == 1
    assert {answer.reason for answer in answers if isinstance(answer, Wait)} == {"probe"}


def test_a_process_remembers_that_nothing_was_left(world: World) -> None:
    budget = world.opened(4, reset_in=100)
    assert isinstance(budget.acquire(PERSON), Wait)
    world.forget()
    answer = budget.acquire(PERSON)
    assert isinstance(answer, Wait)
    assert answer.reason == "used_up"


def test_a_process_remembers_a_429(world: World) -> None:
    budget = world.opened(500)
    budget.settle(granted(budget), 429, rate(0, reset_in=100))
    world.forget()
    assert budget.acquire(PERSON).reason == "used_up"  # type: ignore[union-attr]


def test_a_restored_older_state_is_corrected_by_whoever_knows_better(world: World) -> None:
    budget = world.opened(500)
    older = world.redis.hgetall(world.state)
    budget.settle(granted(budget), 200, rate(20))
    granted(budget)
    world.redis.hset(world.state, mapping=older)
    budget.acquire(PERSON)
    assert budget.look()["left"] == 20


def test_answers_of_forgotten_requests_get_room_for_a_second(world: World) -> None:
    budget = world.process()
    grant = granted(budget)
    world.forget()
    budget.settle(grant, 200, rate(12))
    answer = budget.acquire(PERSON)
    assert isinstance(answer, Wait)  # 12 - 10 for the forgotten - 5
    time.sleep(1.01)
    assert isinstance(budget.acquire(PERSON), Granted)


@pytest.fixture
def valkey() -> Iterator[OwnValkey]:
    with OwnValkey() as valkey:
        yield valkey


def open_budget(valkey: OwnValkey) -> Budget:
    budget = Budget(connect(valkey.url), "own", failures=FAILURES)
    budget.settle(granted(budget), 200, rate(900))
    return budget


@pytest.mark.servers
@pytest.mark.parametrize("fault", ["freeze", "kill"])
def test_without_redis_people_get_a_little_and_the_background_nothing(valkey: OwnValkey, fault: str) -> None:
    budget = open_budget(valkey)
    getattr(valkey, fault)()
    slow = quickest(lambda: granted(Budget(connect(valkey.url), "another", failures=FAILURES)), enough=0.5)
    assert slow < 0.5  # one call in two seconds, by the time-out
    first = granted(budget)
    started = time.monotonic()
    for _ in range(BURST["interactive"] - 1):
        granted(budget)
    assert budget.acquire(PERSON).reason == "alone"  # type: ignore[union-attr]
    assert isinstance(budget.acquire(Purpose.COMMANDS), Granted)
    for purpose in (Purpose.READ_BACK, Purpose.POLL, SWEEP):
        assert budget.acquire(purpose) == Wait(5.0, "alone")
    budget.settle(first, 429, rate(0, reset_in=30))
    assert budget.acquire(PERSON).reason == "stopped"  # type: ignore[union-attr]
    assert time.monotonic() - started < 1.0  # were Redis asked each time, it would be two


@pytest.mark.servers
def test_it_goes_on_when_redis_is_back(valkey: OwnValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smarthub_client.budget.BLIND_SECONDS", 0.1)
    budget = open_budget(valkey)
    valkey.freeze()
    assert budget.acquire(SWEEP).reason == "alone"  # type: ignore[union-attr]
    valkey.thaw()
    time.sleep(0.15)
    assert isinstance(budget.acquire(SWEEP), Granted)
    valkey.kill()
    assert budget.acquire(SWEEP).reason == "alone"  # type: ignore[union-attr]
    valkey.start()
    time.sleep(0.15)
    assert isinstance(budget.acquire(SWEEP), Granted)  # the state is gone: this one is the probe
    assert budget.acquire(PERSON).reason == "probe"  # type: ignore[union-attr]


def test_alone_and_all_used_up_nobody_asks() -> None:
    def refuse(**_: object) -> None:
        raise ConnectionError

    class Gone:
        def register_script(self, _script: str) -> object:
            return refuse

    budget = Budget(Gone(), "x")  # type: ignore[arg-type]
    budget.settle(granted(budget), 200, rate(3, limit=1000))
    assert budget.acquire(PERSON).reason == "used_up"  # type: ignore[union-attr]
    assert budget.look() == {}
