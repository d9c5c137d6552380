"""A plan as people move it: made, submitted, paused, resumed, cancelled, tried again."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from commands import plans, queueing, running
from commands.models import Command, Plan, State
from commands.plans import Source
from commands.refusals import Refused
from enterprise.models import Enterprise
from sims.models import Sim
from staff.models import AuditEvent, User
from tests.factories import AccountFactory, EnterpriseFactory, SimFactory

FORM = uuid.UUID(int=1)


@pytest.fixture
def home(db: None, monkeypatch: pytest.MonkeyPatch) -> Enterprise:
    monkeypatch.setattr("commands.queueing.wake_workers", lambda _name: None)
    return EnterpriseFactory(is_sandbox=True)


def draft(actor: User, home: Enterprise, count: int = 3, kind: str = "suspend", **more: Any) -> Plan:
    status = more.pop("status", "ACTIVATED")
    sims = SimFactory.create_batch(count, account=AccountFactory(enterprise=home), status=status)
    giccids = tuple(sim.giccid for sim in sims)
    return plans.make(
        actor,
        home,
        kind_name=kind,
        params=more.pop("params", {}),
        source=Source(giccids=giccids),
        form_uid=uuid.uuid4(),
        **more,
    )


def tally(plan: Plan) -> dict[str, int]:
    return dict(Plan.objects.get(pk=plan.pk).tally)


def step(plan: Plan) -> Plan:
    """What a worker does at the next tick."""
    Plan.objects.filter(pk=plan.pk).update(run_at=timezone.now(), lease_until=None)
    running.advance(plan.pk, timezone.now())
    return Plan.objects.get(pk=plan.pk)


def test_row_15_a_double_click_makes_one_plan_and_releases_it_once(home: Enterprise, operator: User) -> None:
    sim = SimFactory(account=AccountFactory(enterprise=home))
    asked: dict[str, Any] = {
        "kind_name": "suspend",
        "params": {},
        "source": Source(giccids=(sim.giccid,)),
        "form_uid": FORM,
    }
    first, second = (plans.make(operator, home, **asked) for _ in range(2))
    assert first.pk == second.pk
    for _ in range(2):
        plans.submit(operator, second, digest=first.digest)
    assert Command.objects.count() == 1
    assert AuditEvent.objects.filter(deed="plan.submit").count() == 1


def test_the_same_form_with_another_content_or_person_is_another_plan(
    home: Enterprise, operator: User, approver: User
) -> None:
    made = {
        plans.make(actor, home, kind_name=kind, params={}, source=Source(giccids=("1",)), form_uid=FORM).pk
        for actor in (operator, approver)
        for kind in ("suspend", "activate")
    }
    assert len(made) == 4


def test_a_small_plan_is_queued_at_once_and_goes_first(home: Enterprise, operator: User) -> None:
    plan = draft(operator, home)
    plan = plans.submit(operator, plan, digest=plan.digest, reason="Lost")
    assert (plan.state, plan.reason, plan.submitted_by_id) == (Plan.State.RUNNING, "Lost", operator.pk)
    rows = Command.objects.filter(plan=plan)
    assert {(c.state, c.rank) for c in rows} == {(State.QUEUED, 0)}
    large = draft(operator, home, queueing.SMALL + 1)
    plans.submit(operator, large, digest=large.digest)
    assert set(large.commands.values_list("rank", flat=True)) == {1}


def test_nobody_releases_what_they_have_not_seen(home: Enterprise, operator: User) -> None:
    plan = draft(operator, home)
    with pytest.raises(Refused):
        plans.submit(operator, plan, digest="another")
    plan.refresh_from_db()
    assert plan.state == Plan.State.DRAFT
    assert not Command.objects.filter(state=State.QUEUED).exists()


def test_a_plan_that_is_not_true_any_more_is_refused(home: Enterprise, operator: User) -> None:
    plan = draft(operator, home)
    Sim.objects.filter(giccid=plan.commands.first().giccid).update(status="RETIRED")
    with pytest.raises(Refused, match="1 SIMs have changed"):
        plans.submit(operator, plan, digest=plan.digest)


def test_a_plan_that_changes_nothing_is_refused(home: Enterprise, operator: User) -> None:
    plan = draft(operator, home, status="RETIRED")
    with pytest.raises(Refused):
        plans.submit(operator, plan, digest=plan.digest)


def test_a_scheduled_plan_waits_and_then_starts(home: Enterprise, operator: User) -> None:
    plan, at = draft(operator, home), timezone.now() + timedelta(hours=1)
    plan = plans.submit(operator, plan, digest=plan.digest, start_at=at)
    assert (plan.state, plan.run_at) == (Plan.State.SCHEDULED, at)
    running.advance(plan.pk, timezone.now())
    assert Plan.objects.get().state == Plan.State.SCHEDULED
    running.advance(plan.pk, at + timedelta(seconds=1))
    assert Plan.objects.get().state == Plan.State.RUNNING
    assert step(plan).state == Plan.State.RUNNING
    assert set(plan.commands.values_list("state", flat=True)) == {State.QUEUED}


@pytest.mark.parametrize(("changed", "state"), [(1, Plan.State.RUNNING), (2, Plan.State.DRIFTED)])
def test_at_its_time_a_few_changed_sims_are_left_out_and_many_stop_it(
    changed: int, state: str, home: Enterprise, operator: User
) -> None:
    plan = draft(operator, home, 20)  # 5 %: one SIM
    plans.submit(operator, plan, digest=plan.digest, start_at=timezone.now() + timedelta(hours=1))
    giccids = list(plan.commands.values_list("giccid", flat=True)[:changed])
    Sim.objects.filter(giccid__in=giccids).update(status="RETIRED")
    assert step(plan).state == state
    if state == Plan.State.RUNNING:
        step(plan)
        assert tally(plan) == {"queued": 19, "cancelled": 1}
        assert plan.commands.get(state=State.CANCELLED).why == "drifted"
    else:
        assert tally(plan) == {"cancelled": 20}


def test_pausing_takes_back_what_was_not_picked_up(home: Enterprise, operator: User) -> None:
    plan = draft(operator, home, 4)
    plans.submit(operator, plan, digest=plan.digest)
    first = plan.commands.first()
    Command.objects.filter(pk=first.pk).update(state=State.SENT, issue=1)
    again = plan.commands.last()
    Command.objects.filter(pk=again.pk).update(issue=1, is_doubtful=True)
    plan = plans.pause(operator, plan)
    assert (plan.state, tally(plan)) == (Plan.State.PAUSED, {"sent": 1, "planned": 2, "queued": 1})
    assert queueing.started(plan) == 2
    assert step(plan).state == Plan.State.PAUSED
    plan = plans.resume(operator, plan)
    assert plan.state == Plan.State.RUNNING
    step(plan)
    assert tally(plan) == {"sent": 1, "queued": 3}


def test_pausing_takes_back_what_the_platform_did_not_take_and_the_step_goes_on(
    home: Enterprise, operator: User
) -> None:
    """Sent and refused with 429: nothing happened. Seen red: it stayed queued."""
    plan = draft(operator, home, 12)
    plans.submit(operator, plan, digest=plan.digest, mode=Plan.Mode.CANARY)
    Command.objects.filter(plan=plan, state=State.QUEUED).update(issue=1, sent_at=timezone.now(), tries=1)
    plan = plans.pause(operator, plan)
    assert (tally(plan), queueing.started(plan)) == ({"planned": 12}, 0)
    plans.resume(operator, plan)
    step(plan)
    assert tally(plan) == {"queued": 10, "planned": 2}


def test_cancelling_ends_what_waits_and_settles_what_is_under_way(home: Enterprise, operator: User) -> None:
    plan = draft(operator, home, 4)
    plans.submit(operator, plan, digest=plan.digest)
    sent, doubtful, *_rest = plan.commands.order_by("pk")
    Command.objects.filter(pk=sent.pk).update(state=State.UNKNOWN, issue=1)
    Command.objects.filter(pk=doubtful.pk).update(issue=1, is_doubtful=True)
    plan = plans.cancel(operator, plan)
    assert (plan.state, tally(plan)) == (
        Plan.State.CANCELLED,
        {"unknown": 1, "not_applied": 1, "cancelled": 2},
    )
    with pytest.raises(Refused):
        plans.cancel(operator, plan)


def test_retry_takes_up_what_failed_and_nothing_else(home: Enterprise, operator: User) -> None:
    plan = draft(operator, home, 4)
    with pytest.raises(Refused):
        plans.retry_failed(operator, plan, form_uid=uuid.uuid4())
    ids = list(plan.commands.order_by("pk").values_list("pk", flat=True))
    for pk, state in zip(ids, ("applied", "rejected", "not_applied", "needs_human"), strict=True):
        Command.objects.filter(pk=pk).update(state=state)
    again = plans.retry_failed(operator, plan, form_uid=uuid.uuid4())
    assert again.parent_id == plan.pk
    assert sorted(again.commands.values_list("giccid", flat=True)) == sorted(
        plan.commands.filter(pk__in=ids[1:3]).values_list("giccid", flat=True)
    )
    assert again.state == Plan.State.DRAFT, "frozen anew, and looked at before it runs"


def test_a_plan_too_large_for_a_click_is_frozen_by_a_worker(
    home: Enterprise, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError  # noqa: PLC0415

    with monkeypatch.context() as patch:

        def too_slow(_plan: Plan) -> None:
            raise OperationalError("canceling statement due to statement timeout")

        patch.setattr("commands.making.freeze", too_slow)
        plan = draft(operator, home)
    assert (plan.state, plan.lease_until, plan.commands.count()) == (Plan.State.FREEZING, None, 0)
    with pytest.raises(Refused):
        plans.submit(operator, plan, digest="")
    plan = step(plan)
    assert (plan.state, plan.total, plan.lease_until) == (Plan.State.DRAFT, 3, None)


def test_a_plan_that_killed_five_workers_is_given_up(home: Enterprise, operator: User) -> None:
    plan = draft(operator, home)
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.FREEZING, fence=5)
    assert step(plan).state == Plan.State.FAILED
