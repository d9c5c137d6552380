"""From step to step: canaries, their automatic stop, and the end of a plan."""

import uuid

import pytest
from django.utils import timezone

from commands import plans, queueing, running
from commands.models import Command, Plan, Rules, State
from commands.plans import Source
from enterprise.models import Enterprise
from sims.models import Sim
from staff.models import User
from tests.command_factories import CommandFactory, PlanFactory
from tests.factories import AccountFactory, EnterpriseFactory, SimFactory


@pytest.fixture
def home(db: None, monkeypatch: pytest.MonkeyPatch) -> Enterprise:
    monkeypatch.setattr("commands.queueing.wake_workers", lambda _name: None)
    return EnterpriseFactory(is_sandbox=True)


@pytest.fixture
def canary(home: Enterprise, operator: User) -> Plan:
    """115 SIMs in steps, which stop above 5 percent."""
    Rules.objects.create(enterprise=home, approval_over=1000)
    sims = SimFactory.create_batch(115, account=AccountFactory(enterprise=home))
    plan = plans.make(
        operator,
        home,
        kind_name="suspend",
        params={},
        source=Source(giccids=tuple(sim.giccid for sim in sims)),
        form_uid=uuid.uuid4(),
    )
    return plans.submit(operator, plan, digest=plan.digest, mode=Plan.Mode.CANARY)


def step(plan: Plan) -> Plan:
    Plan.objects.filter(pk=plan.pk).update(run_at=timezone.now(), lease_until=None)
    running.advance(plan.pk, timezone.now())
    return Plan.objects.get(pk=plan.pk)


def end_step(plan: Plan, state: str = State.APPLIED, bad: int = 0) -> None:
    """Every queued command has its outcome, `bad` of them were rejected."""
    ids = list(plan.commands.filter(state=State.QUEUED).order_by("pk").values_list("pk", flat=True))
    Command.objects.filter(pk__in=ids[:bad]).update(state=State.REJECTED)
    Command.objects.filter(pk__in=ids[bad:]).update(state=state)


def queued(plan: Plan) -> int:
    return plan.commands.filter(state=State.QUEUED).count()


def test_ten_then_a_hundred_then_the_rest(canary: Plan) -> None:
    sizes = []
    for _ in range(3):
        sizes.append(queued(canary))
        assert step(canary).state == Plan.State.RUNNING
        assert queued(canary) == sizes[-1], "the next step waits for the last one's outcomes"
        end_step(canary)
        canary = step(canary)
    assert sizes == [10, 100, 5]
    assert (canary.state, canary.tally, canary.stage) == (Plan.State.COMPLETED, {"applied": 115}, 2)
    assert canary.finished_at


def test_a_step_with_too_many_failures_stops_by_itself_and_a_person_may_go_on(
    canary: Plan, operator: User
) -> None:
    end_step(canary, bad=1)  # 10 %
    canary = step(canary)
    assert (canary.state, canary.stopped_by_itself, queued(canary)) == (Plan.State.PAUSED, True, 0)
    assert canary.note == queueing.STOP_NOTE
    assert step(canary).state == Plan.State.PAUSED
    canary = plans.resume(operator, canary)
    step(canary)
    assert queued(canary) == 100


def test_a_step_is_judged_by_all_that_was_started(canary: Plan) -> None:
    end_step(canary)
    canary = step(canary)
    end_step(canary, bad=5)  # 5 of 110
    assert step(canary).state == Plan.State.RUNNING
    assert queued(canary) == 5


def test_a_command_that_waits_for_a_person_counts_as_failed_and_holds_up_nothing(canary: Plan) -> None:
    end_step(canary, state=State.NEEDS_HUMAN)
    assert step(canary).state == Plan.State.PAUSED


def test_sims_that_changed_meanwhile_are_left_out_of_their_step(canary: Plan) -> None:
    later = list(canary.commands.filter(state=State.PLANNED).values_list("giccid", flat=True)[:3])
    Sim.objects.filter(giccid__in=later).update(status="RETIRED")
    end_step(canary)
    canary = step(canary)
    canary = step(canary)
    assert canary.tally == {"applied": 10, "queued": 100, "planned": 2, "cancelled": 3}


def test_a_plan_in_one_go_keeps_two_thousand_ahead_at_most(
    home: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "AHEAD", 4)
    plan = PlanFactory(enterprise=home, state=Plan.State.RUNNING)
    account = AccountFactory(enterprise=home)
    for _ in range(6):
        CommandFactory(sim=SimFactory(account=account), plan=plan)
    step(plan)
    assert queued(plan) == 4
    end_step(plan)
    step(plan)
    assert queued(plan) == 2


def test_row_15_a_sim_with_a_command_under_way_waits_for_its_end(home: Enterprise) -> None:
    sim = SimFactory(account=AccountFactory(enterprise=home))
    first = CommandFactory(sim=sim, plan__state="running", plan__enterprise=home, state=State.NEEDS_HUMAN)
    plan = PlanFactory(enterprise=home, kind="basic_plan", params={"package": "B"}, state=Plan.State.RUNNING)
    second = CommandFactory(sim=sim, plan=plan, before=sim.package_name)
    assert step(plan).state == Plan.State.RUNNING
    second.refresh_from_db()
    assert second.state == State.PLANNED
    Command.objects.filter(pk=first.pk).update(state=State.APPLIED)
    step(plan)
    second.refresh_from_db()
    assert second.state == State.QUEUED


def test_row_10_a_step_that_a_killed_worker_began_is_taken_up_after_its_lease(canary: Plan) -> None:
    end_step(canary)
    now = timezone.now()
    Plan.objects.filter(pk=canary.pk).update(run_at=now, fence=9, lease_until=now + running.leases.LEASE)
    running.advance(canary.pk, now)
    assert queued(canary) == 0
    running.advance(canary.pk, now + running.leases.LEASE * 1.1)
    assert queued(canary) == 100


def test_a_fault_of_ours_is_tried_again_in_a_minute(canary: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_plan: Plan) -> int:
        raise ValueError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(queueing, "queue_next", broken)
        plan = step(canary)
    assert (plan.state, plan.lease_until) == (Plan.State.RUNNING, None)
    assert plan.run_at > timezone.now()
