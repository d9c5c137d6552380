"""The grammar of states agrees with itself, and with the index that keeps one command of a SIM in flight."""

from django.db.models import Q

from commands.models import Command
from commands.states import FAILED, IN_FLIGHT, MESSAGE, NEXT, ON_ITS_WAY, ORDERED, SETTLING, TERMINAL, State


def test_every_state_says_what_may_follow() -> None:
    assert set(NEXT) == set(State)


def test_what_is_over_stays_over() -> None:
    assert {state for state in State if not NEXT[state]} == set(TERMINAL)


def test_every_state_but_the_plans_own_is_an_orders() -> None:
    assert set(ORDERED) == set(State) - {State.PLANNED, State.SKIPPED}
    assert set(IN_FLIGHT) & set(TERMINAL) == set()
    assert set(ORDERED) == set(IN_FLIGHT) | set(TERMINAL) - {State.SKIPPED}
    assert set(FAILED) <= set(TERMINAL)
    assert set(SETTLING) <= set(IN_FLIGHT)


def test_row_16_from_every_state_there_is_a_way_to_an_end() -> None:
    for state in State:
        reached, frontier = {state}, {state}
        while frontier:
            frontier = {after for before in frontier for after in NEXT[before]} - reached
            reached |= frontier
        assert reached & set(TERMINAL), state


def test_row_12_what_was_sent_comes_back_to_the_queue_only_by_these_ways() -> None:
    """From sent: its holder knows that it did not happen. From unknown: read twice as absent. From a person."""
    assert {state for state in State if State.QUEUED in NEXT[state]} == {
        State.PLANNED,
        State.LEASED,
        State.SENT,
        State.UNKNOWN,
        State.NEEDS_HUMAN,
    }


def test_row_15_the_index_covers_exactly_what_is_in_flight() -> None:
    (index,) = (c for c in Command._meta.constraints if c.name == "one_in_flight")
    (_name, covered), without = index.condition.children
    assert set(covered) == {str(state) for state in IN_FLIGHT}
    assert without == ~Q(kind=MESSAGE)


def test_one_message_at_most_is_on_its_way_to_a_sim() -> None:
    (index,) = (c for c in Command._meta.constraints if c.name == "one_message_on_its_way")
    assert dict(index.condition.children) == {"kind": MESSAGE, "state__in": [str(s) for s in ON_ITS_WAY]}
