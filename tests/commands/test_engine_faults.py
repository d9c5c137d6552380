"""Faults the campaign (`make faults-commands`) or thinking about it found in the engine, each with its cure.

Seen red: each without its cure.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from commands import claims, execute, running, settle, wanted
from commands.models import Command, Plan, State
from enterprise.models import Enterprise
from sims.models import Sim
from tests.command_factories import CommandFactory, PlanFactory
from tests.commands.conftest import Order, look
from tests.commands.platform import LOST_BEFORE, Platform

pytestmark = pytest.mark.django_db


def test_a_command_that_waited_long_for_the_budget_is_held_a_whole_lease_from_its_commit_on():
    """Else others would take it for lost, and judge it, while its request is under way."""
    now = timezone.now()
    command = CommandFactory(state=State.LEASED, fence=1, lease_until=now + timedelta(seconds=20))
    claims.commit_sent([command], now)
    command.refresh_from_db()
    assert command.state == State.SENT
    assert command.lease_until == now + claims.LEASE


def test_a_request_has_ended_before_its_lease_does_even_after_a_stall(enterprise: Enterprise):
    dispatcher = execute.Dispatcher(enterprise)
    try:
        assert dispatcher.client._caller.timeout == claims.CALL_SECONDS
    finally:
        dispatcher.close()
    assert claims.CALL_SECONDS + claims.STALLED.total_seconds() < claims.LEASE.total_seconds()


def cancelled_plan(**values: Any) -> Plan:
    now = timezone.now()
    return PlanFactory(
        state=Plan.State.CANCELLED, finished_at=now - timedelta(minutes=1), run_at=now, **values
    )


def left_behind(plan: Plan, **values: Any) -> Command:
    """Picked up before its plan was cancelled, by a worker that was killed."""
    then = timezone.now() - timedelta(minutes=2)
    values = {"state": State.LEASED, "fence": 1, "lease_until": then, "queued_at": then} | values
    return CommandFactory(plan=plan, sim__account__enterprise=plan.enterprise, **values)


def claimed(plan: Plan) -> list[Command]:
    return claims.claim_queued(plan.enterprise_id, timezone.now(), lambda _kind: 100)


@pytest.mark.parametrize(("is_doubtful", "outcome"), [(False, State.CANCELLED), (True, State.NOT_APPLIED)])
def test_what_falls_back_into_the_queue_of_a_cancelled_plan_is_cancelled_and_not_sent(
    is_doubtful: bool, outcome: State
):
    plan = cancelled_plan()
    command = left_behind(plan, is_doubtful=is_doubtful)
    claims.recover(timezone.now())
    assert claimed(plan) == []
    running.advance(plan.pk, timezone.now())
    command.refresh_from_db()
    assert command.state == outcome


def test_what_people_queue_anew_in_a_cancelled_plan_is_sent():
    plan = cancelled_plan()
    command = left_behind(plan, state=State.QUEUED, lease_until=None, queued_at=timezone.now())
    running.advance(plan.pk, timezone.now())
    assert [row.pk for row in claimed(plan)] == [command.pk]


@pytest.mark.parametrize("state", [Plan.State.CANCELLED, Plan.State.PAUSED, Plan.State.COMPLETED])
def test_a_plan_that_stopped_counts_the_outcomes_of_what_was_under_way(state: Plan.State):
    plan = cancelled_plan()
    command = left_behind(plan, state=State.SENT)
    Plan.objects.filter(pk=plan.pk).update(state=state)
    Command.objects.filter(pk=command.pk).update(state=State.APPLIED)
    assert wanted.due_plans(timezone.now()) == [plan.pk]
    running.advance(plan.pk, timezone.now())
    plan.refresh_from_db()
    assert (plan.tally, plan.state) == ({"applied": 1}, state)
    assert wanted.due_plans(timezone.now() + timedelta(hours=1)) == []


def sent_in_vain(order: Order, wired: Enterprise, platform: Platform, *, earlier: str) -> Command:
    """Its request never arrived; `earlier`: what the SIM showed before its last change, ten minutes ago."""
    (command,) = order(kind="suspend")
    then = timezone.now() - timedelta(minutes=10)
    CommandFactory(
        plan=PlanFactory(enterprise=wired, kind="activate"), sim=Sim.objects.get(giccid=command.giccid),
        state=State.APPLIED, before=earlier, settled_at=then,
    )  # fmt: skip
    platform.answers.append(LOST_BEFORE)
    execute.dispatch(wired.pk)
    return command


def test_a_read_that_lags_behind_an_earlier_change_does_not_make_a_command_applied(
    wired: Enterprise, order: Order, platform: Platform
):
    """Suspended, activated, suspended again in vain: an old answer shows the first suspension."""
    command = sent_in_vain(order, wired, platform, earlier="DEACTIVATED")
    platform.sims[command.giccid]["status"] = "DEACTIVATED"  # the answer that lags
    look(wired, 2)
    command.refresh_from_db()
    assert (command.state, command.evidence[-1]["shows"]) == (State.UNKNOWN, True)
    platform.sims[command.giccid]["status"] = "ACTIVATED"
    look(wired, 4)
    look(wired, 4 + settle.patience(command).total_seconds() + 1)
    command.refresh_from_db()
    assert command.state == State.QUEUED


@pytest.mark.parametrize(("earlier", "looks"), [("DEACTIVATED", 2), ("TEST_READY", 1)])
def test_what_is_seen_twice_in_a_row_or_was_never_so_before_is_applied(
    wired: Enterprise, order: Order, platform: Platform, earlier: str, looks: int
):
    command = sent_in_vain(order, wired, platform, earlier=earlier)
    platform.sims[command.giccid]["status"] = "DEACTIVATED"
    for number in range(looks):
        command.refresh_from_db()
        assert command.state == State.UNKNOWN
        look(wired, 2 + number)
    command.refresh_from_db()
    assert command.state == State.APPLIED
