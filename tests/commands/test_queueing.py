"""Calls, indexes and advice that keep queueing cheap and honest."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from commands import queueing, wanted
from commands.models import BatchJob, Command, Plan, State
from enterprise.models import Enterprise
from tests.command_factories import BatchJobFactory, CommandFactory, PlanFactory
from tests.factories import AccountFactory, EnterpriseFactory, SimFactory


@pytest.fixture
def home(db: None) -> Enterprise:
    return EnterpriseFactory(is_sandbox=True)


def line(home: Enterprise, plan: Plan, **values: object) -> Command:
    return CommandFactory(sim=SimFactory(account=AccountFactory(enterprise=home)), plan=plan, **values)


def test_the_tally_counts_every_state_once(home: Enterprise) -> None:
    plan = PlanFactory(enterprise=home, state=Plan.State.RUNNING)
    for state in ("planned", "queued", "queued", "applied"):
        line(home, plan, state=state)
    queueing.tally(plan)
    assert plan.tally == {"planned": 1, "queued": 2, "applied": 1}
    assert plan.tallied_at


@pytest.mark.parametrize(
    ("state", "step", "plan"),
    [
        (State.QUEUED, False, False),
        (State.UNKNOWN, False, False),
        (State.NEEDS_HUMAN, True, True),
        (State.PLANNED, True, False),
        (State.APPLIED, True, True),
        (State.CANCELLED, True, True),
    ],
)
def test_a_step_and_a_plan_are_over_when_nothing_more_happens_by_itself(
    state: State, step: bool, plan: bool, home: Enterprise
) -> None:
    row = PlanFactory(enterprise=home, state=Plan.State.RUNNING)
    line(home, row, state=state)
    assert (queueing.step_is_over(row), queueing.has_ended(row)) == (step, plan)


def test_a_suspension_before_a_retirement_has_one_name_however_often_it_is_asked_for(
    home: Enterprise,
) -> None:
    plan = PlanFactory(enterprise=home, kind="retire", cooling_hours=24)
    line(home, plan, before="ACTIVATED", expects="DEACTIVATED")
    child = queueing.suspend_first(plan)
    assert child is not None and child.pk == uuid.uuid5(plan.pk, "suspend first")
    assert (child.calls, child.changing, child.parent_id) == (2, 1, plan.pk)
    idle = PlanFactory(enterprise=home, kind="retire", cooling_hours=24)
    line(home, idle, before="DEACTIVATED")
    assert queueing.suspend_first(idle) is None


def test_the_sweeper_names_what_is_due_and_nothing_else(home: Enterprise) -> None:
    now = timezone.now()
    later = now + timedelta(minutes=1)
    plan = PlanFactory(enterprise=home, state=Plan.State.RUNNING, run_at=now)
    PlanFactory(enterprise=home, state=Plan.State.DRAFT, run_at=now)
    PlanFactory(enterprise=home, state=Plan.State.SCHEDULED, run_at=later)
    line(home, plan, state=State.QUEUED, run_at=later)
    line(home, plan, state=State.UNKNOWN, run_at=now, lease_until=later)
    BatchJobFactory(plan=plan, enterprise=home, run_at=later)
    assert wanted.due_plans(now) == [plan.pk]
    assert list(wanted.due_work(now)) == []
    Command.objects.update(run_at=now, lease_until=None)
    BatchJob.objects.update(run_at=now)
    assert list(wanted.due_work(now)) == [("dispatch", home.pk), ("settle", home.pk), ("poll", home.pk)]
