"""The budget at a client's gate: who waits, who is sent away, and until when."""

import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smarthub_client import BudgetExhausted, Deferred, RateLimit
from smarthub_client.budget import Budget, Granted, Purpose, Wait
from smarthub_client.budget_gate import Decision, Gatekeeper

SWEEP, PERSON = Purpose.SWEEP, Purpose.INTERACTIVE


class Scripted(Budget):
    """Answers what it is told to, then grants."""

    def __init__(self, *waits: Wait) -> None:
        self.waits = deque(waits)
        self.settled: list[tuple[str, int, RateLimit | None, bool]] = []
        self.asked: list[tuple[Purpose, float, bool]] = []

    def acquire(self, purpose: Purpose, *, seconds: float = 60, is_first: bool = True) -> Granted | Wait:
        self.asked.append((purpose, seconds, is_first))
        return self.waits.popleft() if self.waits else Granted(purpose, f"token {len(self.asked)}", 0)

    def settle(self, grant: Granted, status: int, rate: Any = None, *, was_sent: bool = True) -> None:
        self.settled.append((grant.token, status, rate, was_sent))


def refusal(purpose: Purpose, wait: Wait) -> BudgetExhausted:
    slept: list[float] = []
    keeper = Gatekeeper(Scripted(wait), purpose, sleep=slept.append)
    with pytest.raises(BudgetExhausted) as caught:
        keeper.gate("sim_list")
    assert slept == []
    return caught.value


def seconds_until(moment: datetime) -> float:
    return (moment - datetime.now(UTC)) / timedelta(seconds=1)


def test_a_short_wait_is_waited_and_counts_as_one_question() -> None:
    slept: list[float] = []
    seen: list[Decision] = []
    budget = Scripted(Wait(0.01, "probe"), Wait(0.02, "settling"))
    keeper = Gatekeeper(budget, PERSON, call_seconds=15, on_decision=seen.append, sleep=slept.append)
    keeper.gate("sim_detail")
    assert slept == [0.01, 0.02]
    assert budget.asked == [(PERSON, 17, True), (PERSON, 17, False), (PERSON, 17, False)]
    assert [(decision.tries, decision.reason) for decision in seen] == [(3, "")]


def test_a_person_is_told_at_once_when_it_would_take_long() -> None:
    error = refusal(PERSON, Wait(120, "used_up"))
    assert not isinstance(error, Deferred)
    assert (error.reason, error.operation, error.retryable, error.outcome_unknown) == (
        "used_up",
        "sim_list",
        True,
        False,
    )
    assert 119 < seconds_until(error.retry_at) <= 120
    assert str(error) == "This hour's requests are used up. sim_list was not sent."


@pytest.mark.parametrize(
    ("wait", "sleep"),
    [
        (Wait(900, "used_up"), 900),
        (Wait(1, "reserve", 3000), 20),  # not awake for every single request
        (Wait(1, "reserve", 4), 4),  # but when the new window starts
        (Wait(90, "reserve", 3000), 90),
        (Wait(5, "alone"), 5),
    ],
)
def test_the_background_is_put_off_until_it_is_worth_it(wait: Wait, sleep: float) -> None:
    error = refusal(SWEEP, wait)
    assert isinstance(error, Deferred)
    assert sleep - 1 < seconds_until(error.retry_at) <= sleep


def test_every_answer_settles_the_grant_it_belongs_to() -> None:
    budget, rate = Scripted(), RateLimit(10, 5)
    keeper = Gatekeeper(budget, SWEEP)
    keeper.gate("a")
    keeper.on_reply(rate, "a", 200)
    keeper.gate("a")
    keeper.on_failure("a", True)
    keeper.gate("a")
    keeper.on_failure("a", False)
    assert budget.settled == [
        ("token 1", 200, rate, True),
        ("token 2", 0, None, True),
        ("token 3", 0, None, False),
    ]


def test_an_answer_without_a_grant_still_tells_what_is_left() -> None:
    budget, rate = Scripted(), RateLimit(10, 5)
    Gatekeeper(budget, SWEEP).on_reply(rate, "a", 307)
    assert budget.settled == [("", 307, rate, True)]


def test_a_grant_nothing_was_heard_of_is_settled_before_the_next() -> None:
    budget = Scripted()
    keeper = Gatekeeper(budget, SWEEP)
    keeper.gate("a")
    keeper.gate("b")
    assert budget.settled == [("token 1", 0, None, True)]


def test_threads_do_not_take_each_others_grants() -> None:
    budget = Scripted()
    keeper = Gatekeeper(budget, SWEEP)
    keeper.gate("here")
    thread = threading.Thread(target=lambda: (keeper.gate("there"), keeper.on_reply(None, "there", 200)))
    thread.start()
    thread.join()
    keeper.on_reply(None, "here", 201)
    assert [(token, status) for token, status, _, _ in budget.settled] == [("token 2", 200), ("token 1", 201)]
