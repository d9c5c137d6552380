"""Settling: no verdict without evidence, nothing sent again but after two looks far enough apart."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from commands import execute, settle
from commands.models import Command, Plan, State
from enterprise.models import Enterprise
from sims.models import Sim
from tests.client.servers import answer_json
from tests.command_factories import BatchJobFactory
from tests.commands.conftest import PATIENCE, Order, after, evidence, fresh, look, states
from tests.commands.platform import LOST_AFTER, LOST_BEFORE, Answer, Platform

pytestmark = pytest.mark.usefixtures("patient")


def test_row_14_a_change_that_shows_is_applied_at_the_first_look(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order()
    platform.answers.append(LOST_AFTER)
    execute.dispatch(wired.pk)
    look(wired, 2)
    command = fresh(command)
    assert (command.state, command.error) == (State.APPLIED, "")
    assert command.settled_at
    (entry,) = command.evidence
    assert (entry["by"], entry["saw"]) == ("read", "DEACTIVATED")
    assert Sim.objects.get(giccid=command.giccid).status == "DEACTIVATED", "the mirror learned it too"


def test_a_hundred_are_read_in_one_call(wired: Enterprise, order: Order, platform: Platform) -> None:
    commands = order(100, state=State.UNKNOWN, sent_at=timezone.now(), issue=1)
    for command in commands:
        platform.sims[command.giccid]["status"] = "DEACTIVATED"
    settle.settle(wired.pk)
    assert states(commands) == [State.APPLIED] * 100
    assert len(platform.asked) == 1


def test_one_look_without_the_change_is_no_verdict(wired: Enterprise, lost: Command) -> None:
    look(wired, 3600)
    command = fresh(lost)
    assert (command.state, command.misses) == (State.UNKNOWN, 1)
    assert evidence(lost) == ["read"]


@pytest.mark.parametrize(("apart", "state"), [(PATIENCE - 2, State.UNKNOWN), (PATIENCE + 1, State.QUEUED)])
def test_row_12_absent_twice_is_sent_again_only_when_the_looks_lie_far_enough_apart(
    apart: float, state: State, wired: Enterprise, lost: Command, platform: Platform
) -> None:
    look(wired, 2)
    look(wired, 2 + apart)
    assert fresh(lost).state == state
    if state == State.QUEUED:
        assert evidence(lost) == ["read", "read", "change_logs", "reissue"]
        assert (fresh(lost).is_doubtful, fresh(lost).job_id) == (True, None)


def test_after_the_reissue_it_is_applied_and_happened_once(
    wired: Enterprise, lost: Command, platform: Platform
) -> None:
    look(wired, 2)
    look(wired, 70)
    with after(71):
        execute.dispatch(wired.pk)
    look(wired, 74)
    assert (fresh(lost).state, fresh(lost).issue) == (State.APPLIED, 2)
    assert [effect.request_id for effect in platform.effects] == [f"{lost.plan_id}.{lost.pk}.2"]


def test_the_looks_come_no_later_than_the_moment_it_can_be_decided(wired: Enterprise, lost: Command) -> None:
    look(wired, 2)
    first = fresh(lost).missed_at
    for _ in range(30):
        command = fresh(lost)
        if command.state != State.UNKNOWN:
            break
        assert command.run_at <= first + timedelta(seconds=PATIENCE + 3)
        with time_machine.travel(command.run_at + timedelta(milliseconds=1)):
            settle.settle(wired.pk)
    assert fresh(lost).state == State.QUEUED
    assert fresh(lost).misses < 15


def test_a_cancelled_plan_does_not_send_again(wired: Enterprise, lost: Command) -> None:
    Plan.objects.update(state=Plan.State.CANCELLED)
    look(wired, 2)
    look(wired, 70)
    assert fresh(lost).state == State.NOT_APPLIED
    assert evidence(lost) == ["read", "read", "change_logs"]


def test_three_issues_are_the_most(wired: Enterprise, lost: Command, platform: Platform) -> None:
    platform.answers.extend([LOST_BEFORE] * 10)
    moment = 0
    for _ in range(6):
        look(wired, moment + 2)
        look(wired, moment + 70)
        moment += 71
        with after(moment):
            execute.dispatch(wired.pk)
    assert (fresh(lost).state, fresh(lost).issue) == (State.NOT_APPLIED, 3)
    assert len(platform.changes) == 3
    assert evidence(lost).count("reissue") == 2


@pytest.mark.parametrize(
    ("kind", "params"),
    [("supplementary_plan", {"package": "Boost"}), ("custom_fields", {"custom1": "x"})],
)
def test_row_12_what_costs_money_or_has_no_target_state_is_never_sent_again_by_itself(
    kind: str, params: dict[str, str], wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order(kind=kind, params=params)
    platform.answers.append(LOST_BEFORE)
    execute.dispatch(wired.pk)
    look(wired, 2)
    look(wired, 70)
    wanted = State.NEEDS_HUMAN if kind == "supplementary_plan" else State.NOT_APPLIED
    assert fresh(command).state == wanted
    assert len(platform.changes) == 1


def test_a_supplementary_plan_shows_when_the_sim_has_one_more_of_it(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order(kind="supplementary_plan", params={"package": "Boost"})
    platform.sims[command.giccid]["supplementary"] = [{"name": "Boost"}]
    platform.answers.append(LOST_AFTER)
    execute.dispatch(wired.pk)
    look(wired, 2)
    assert fresh(command).state == State.APPLIED


def test_accepted_but_never_shown_goes_to_a_person_after_fifteen_times_the_patience(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order()
    platform.answers.append(Answer("liar", happens=False, steps=(answer_json({}),)))
    execute.dispatch(wired.pk)
    assert fresh(command).state == State.ACKED
    look(wired, 2)
    look(wired, 2 + 15 * PATIENCE - 2)
    assert fresh(command).state == State.ACKED
    look(wired, 2 + 15 * PATIENCE + 1)
    assert fresh(command).state == State.NEEDS_HUMAN
    assert len(platform.changes) == 1, "never sent again: the platform said yes"


def test_a_change_that_takes_effect_late_is_waited_for(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order(state=State.ACKED, sent_at=timezone.now(), issue=1)
    look(wired, 2)
    look(wired, 300)
    platform.sims[command.giccid]["status"] = "DEACTIVATED"
    look(wired, 600)
    assert fresh(command).state == State.APPLIED


def test_row_12_a_second_issue_refused_as_the_echo_of_the_first_is_applied(
    wired: Enterprise, lost: Command, platform: Platform
) -> None:
    """The first was carried out late, after two looks: the second is refused, and the read tells the truth."""
    look(wired, 2)
    look(wired, 70)
    platform.sims[lost.giccid]["status"] = "DEACTIVATED"
    with after(71):
        execute.dispatch(wired.pk)
    assert (fresh(lost).state, fresh(lost).why) == (State.UNKNOWN, "illegal_status")
    look(wired, 74)
    assert (fresh(lost).state, fresh(lost).why) == (State.APPLIED, "")


def test_a_second_issue_refused_for_good_is_rejected_once_no_effect_shows(
    wired: Enterprise, lost: Command, platform: Platform
) -> None:
    look(wired, 2)
    look(wired, 70)
    platform.sims[lost.giccid]["status"] = "RETIRED"
    with after(71):
        execute.dispatch(wired.pk)
    look(wired, 74)
    look(wired, 140)
    assert (fresh(lost).state, fresh(lost).why) == (State.REJECTED, "illegal_status")


def test_a_batch_is_waited_for_five_times_as_long(wired: Enterprise, order: Order) -> None:
    (command,) = order(state=State.UNKNOWN, sent_at=timezone.now(), issue=1)
    Command.objects.update(job=BatchJobFactory(plan=command.plan, state="lost", remote_id=""))
    look(wired, 2)
    look(wired, 2 + 5 * PATIENCE - 2)
    assert fresh(command).state == State.UNKNOWN
    look(wired, 2 + 5 * PATIENCE + 1)
    assert fresh(command).state == State.QUEUED
    assert fresh(command).job_id is None
