"""The second person: when one is asked, and what they, the asker and an administrator can do."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from commands import plans, running
from commands.models import Approval, Command, Plan, Rules, State
from commands.plans import Source
from commands.refusals import Refused
from enterprise.models import Enterprise
from sims.models import Sim
from staff.models import AuditEvent, User
from tests.factories import AccountFactory, EnterpriseFactory, SimFactory


@pytest.fixture
def home(db: None, monkeypatch: pytest.MonkeyPatch) -> Enterprise:
    monkeypatch.setattr("commands.queueing.wake_workers", lambda _name: None)
    return EnterpriseFactory(is_sandbox=True)


def submitted(
    actor: User, home: Enterprise, kind: str = "retire", count: int = 2, cooling_hours: int = 0
) -> Plan:
    status = "DEACTIVATED" if kind == "retire" and not cooling_hours else "ACTIVATED"
    sims = SimFactory.create_batch(count, account=AccountFactory(enterprise=home), status=status)
    plan = plans.make(
        actor,
        home,
        kind_name=kind,
        params={},
        source=Source(giccids=tuple(sim.giccid for sim in sims)),
        form_uid=uuid.uuid4(),
        cooling_hours=cooling_hours,
    )
    return plans.submit(actor, plan, digest=plan.digest)


def states_of(plan: Plan) -> set[str]:
    return set(Command.objects.filter(plan=plan).values_list("state", flat=True))


@pytest.mark.parametrize(
    ("kind", "count", "why"),
    [
        ("suspend", 3, []),
        ("suspend", 4, ["size"]),
        ("retire", 1, ["retire"]),
        ("retire", 4, ["retire", "size"]),
    ],
)
def test_retiring_and_large_plans_need_a_second_person(
    kind: str, count: int, why: list[str], home: Enterprise, operator: User
) -> None:
    Rules.objects.create(enterprise=home, approval_over=3)
    plan = submitted(operator, home, kind, count)
    assert plan.state == (Plan.State.AWAITING if why else Plan.State.RUNNING)
    assert [approval.why for approval in plan.approvals.all()] == ([why] if why else [])
    assert states_of(plan) == {State.PLANNED if why else State.QUEUED}


def test_the_second_person_releases_it(home: Enterprise, operator: User, approver: User) -> None:
    plan = submitted(operator, home)
    plan = plans.approve(approver, plan, digest=plan.digest, reason="Checked")
    assert (plan.state, states_of(plan)) == (Plan.State.RUNNING, {State.QUEUED})
    approval = plan.approvals.get()
    assert (approval.decision, approval.decided_by_id, approval.reason) == (
        "approved",
        approver.pk,
        "Checked",
    )


@pytest.mark.parametrize("role", ["created_by", "submitted_by"])
def test_nobody_approves_their_own_plan(role: str, home: Enterprise, operator: User, approver: User) -> None:
    plan = submitted(operator, home)
    Plan.objects.filter(pk=plan.pk).update(**{role: approver})
    with pytest.raises(Refused, match="own plan"):
        plans.approve(approver, plan, digest=plan.digest)
    assert states_of(plan) == {State.PLANNED}


def test_what_changed_since_is_refused(home: Enterprise, operator: User, approver: User) -> None:
    plan = submitted(operator, home)
    with pytest.raises(Refused):
        plans.approve(approver, plan, digest="another")
    Sim.objects.filter(giccid=plan.commands.first().giccid).update(status="ACTIVATED")
    with pytest.raises(Refused):
        plans.approve(approver, plan, digest=plan.digest)
    assert plan.approvals.get().decision == Approval.Decision.OPEN


def test_a_question_expires_and_takes_the_plan_with_it(
    home: Enterprise, operator: User, approver: User
) -> None:
    plan = submitted(operator, home)
    late = timezone.now() + timedelta(hours=24, seconds=1)
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refused, match="expired"):
        plans.approve(approver, plan, digest=plan.digest)
    running.advance(plan.pk, late)
    plan.refresh_from_db()
    assert (plan.state, plan.approvals.get().decision) == (Plan.State.EXPIRED, "expired")
    assert set(plan.commands.values_list("state", "why")) == {(State.CANCELLED, "expired")}


def test_declining_needs_a_reason_and_ends_the_plan(home: Enterprise, operator: User, approver: User) -> None:
    plan = submitted(operator, home)
    with pytest.raises(Refused):
        plans.decline(approver, plan, reason="  ")
    plan = plans.decline(approver, plan, reason="Wrong list")
    assert (plan.state, plan.note, states_of(plan)) == (
        Plan.State.DECLINED,
        "Wrong list",
        {State.CANCELLED},
    )
    with pytest.raises(Refused):
        plans.approve(approver, plan, digest=plan.digest)


def test_the_asker_takes_it_back_the_same_way(home: Enterprise, operator: User) -> None:
    plan = plans.decline(operator, submitted(operator, home), reason="My mistake")
    assert (plan.state, plan.approvals.get().decision) == (Plan.State.CANCELLED, "withdrawn")


def test_an_emergency_bypass_needs_words_and_is_shouted(
    home: Enterprise, operator: User, admin: User
) -> None:
    plan = submitted(operator, home)
    with pytest.raises(Refused):
        plans.bypass(admin, plan, digest=plan.digest, reason="quick")
    plan = plans.bypass(admin, plan, digest=plan.digest, reason="Stolen meters, police called")
    assert (plan.state, plan.approvals.get().decision) == (Plan.State.RUNNING, "bypassed")
    event = AuditEvent.objects.get(deed="plan.bypass")
    assert event.is_alarm
    assert not AuditEvent.objects.exclude(pk=event.pk).filter(is_alarm=True).exists()


# --- cooling-off


def test_with_cooling_off_active_sims_are_suspended_now_and_retired_later(
    home: Enterprise, operator: User, approver: User
) -> None:
    plan = submitted(operator, home, cooling_hours=24)
    plan = plans.approve(approver, plan, digest=plan.digest)
    child = plan.children.get()
    assert (plan.state, states_of(plan)) == (Plan.State.SCHEDULED, {State.PLANNED})
    assert (child.kind, child.state, states_of(child)) == ("suspend", Plan.State.RUNNING, {State.QUEUED})
    wait = plan.run_at - timezone.now()
    assert timedelta(hours=23, minutes=59) < wait <= timedelta(hours=24)
    # The suspension works, and a day later the retirement begins.
    child.commands.update(state=State.APPLIED)
    Sim.objects.filter(enterprise=home).update(status="DEACTIVATED")
    running.advance(plan.pk, plan.run_at + timedelta(seconds=1))
    running.advance(plan.pk, plan.run_at + timedelta(seconds=3))
    plan.refresh_from_db()
    assert (plan.state, states_of(plan)) == (Plan.State.RUNNING, {State.QUEUED})


def test_cancelled_before_its_time_the_sims_stay_suspended(
    home: Enterprise, operator: User, approver: User
) -> None:
    plan = submitted(operator, home, cooling_hours=24)
    plan = plans.approve(approver, plan, digest=plan.digest)
    child = plan.children.get()
    plans.cancel(operator, plan)
    assert (states_of(plan), states_of(child)) == ({State.CANCELLED}, {State.QUEUED})
    running.advance(plan.pk, timezone.now() + timedelta(hours=25))
    assert states_of(plan) == {State.CANCELLED}


def test_a_sim_that_came_back_to_life_meanwhile_is_not_retired(
    home: Enterprise, operator: User, approver: User
) -> None:
    plan = submitted(operator, home, cooling_hours=24)
    plan = plans.approve(approver, plan, digest=plan.digest)
    plan.children.get().commands.update(state=State.APPLIED)
    first, second = plan.commands.order_by("pk")
    Sim.objects.filter(giccid=first.giccid).update(status="DEACTIVATED")
    for seconds in (1, 3, 5):
        running.advance(plan.pk, plan.run_at + timedelta(seconds=seconds))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, second.why) == (State.QUEUED, State.CANCELLED, "drifted")
