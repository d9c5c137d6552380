"""Races in real transactions: whoever clicks or works at the same moment, one of them wins, nothing happens twice."""

import random
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Count
from django.utils import timezone

from commands import execute, plans, running
from commands.models import Approval, Command, Plan, State
from commands.plans import Source
from commands.refusals import Refused
from commands.states import IN_FLIGHT
from enterprise.models import Enterprise
from staff.models import AuditEvent, User
from tests.command_factories import CommandFactory
from tests.commands.platform import Platform
from tests.factories import AccountFactory, SimFactory, UserFactory
from tests.support.committed import at_once

KINDS = ("suspend", "activate")


@pytest.fixture
def home(committed: Enterprise, platform: Platform) -> Enterprise:
    committed.base_url, committed.is_sandbox = platform.server.base_url, True
    committed.save()
    return committed


@pytest.fixture
def people(home: Enterprise) -> Any:
    """Fifty operators, really committed, and gone afterwards with what they did."""
    made = [UserFactory(username=f"racer-{uuid.uuid4()}", role="approver") for _ in range(50)]
    yield made
    Plan.objects.filter(enterprise=home).delete()
    User.objects.filter(pk__in=[person.pk for person in made]).delete()


def overlaps(home: Enterprise) -> list[Any]:
    flying = Command.objects.filter(enterprise=home, state__in=IN_FLIGHT)
    return list(flying.order_by().values("giccid").annotate(n=Count("pk")).filter(n__gt=1))


def test_row_15_fifty_people_on_ten_sims_with_double_clicks(home: Enterprise, people: list[User]) -> None:
    sims = SimFactory.create_batch(10, account=AccountFactory(enterprise=home), status="ACTIVATED")
    chance = random.Random(4)
    chosen = {person.pk: tuple(s.giccid for s in chance.sample(sims, 3)) for person in people}

    def click(person: User, form: uuid.UUID) -> Callable[[], Plan]:
        def deed() -> Plan:
            source = Source(giccids=chosen[person.pk])
            plan = plans.make(person, home, kind_name="suspend", params={}, source=source, form_uid=form)
            for _ in range(40):  # the other click may still be freezing it
                plan.refresh_from_db()
                if plan.state != Plan.State.FREEZING:
                    break
            return plans.submit(person, plan, digest=plan.digest)

        return deed

    for start in range(0, 50, 4):  # eight clicks at a time: a process has ten connections
        forms = [(person, uuid.uuid4()) for person in people[start : start + 4]]
        results = at_once(*[click(*form) for form in forms for _twice in range(2)])
        assert [r for r in results if isinstance(r, Exception) and not isinstance(r, Refused)] == []
        assert overlaps(home) == []
    made = Plan.objects.filter(enterprise=home)
    assert made.count() == 50, "a double click is one plan"
    assert Command.objects.filter(enterprise=home).count() == 150
    assert Command.objects.filter(enterprise=home, state=State.QUEUED).count() == 10, "one for each SIM"
    submits = AuditEvent.objects.filter(deed="plan.submit", about__in=[str(plan.pk) for plan in made])
    assert max(Counter(submits.values_list("about", flat=True)).values()) == 1


def test_row_12_many_dispatchers_on_one_queue_send_each_once(home: Enterprise, platform: Platform) -> None:
    account, plan = AccountFactory(enterprise=home), None
    for number in range(24):
        sim = SimFactory(account=account, status="ACTIVATED")
        platform.take(sim)
        command = (
            CommandFactory(
                sim=sim,
                state=State.QUEUED,
                plan__enterprise=home,
                plan__state="running",
                plan__kind="custom_fields",
                plan__params={"custom1": str(number)},
            )
            if plan is None
            else CommandFactory(sim=sim, state=State.QUEUED, plan=plan)
        )
        plan = command.plan
    results = at_once(*[lambda: execute.dispatch(home.pk)] * 6)
    assert results == [None] * 6
    assert Counter(effect.giccid for effect in platform.effects).most_common(1)[0][1] == 1
    assert len(platform.effects) == 24
    assert set(Command.objects.filter(enterprise=home).values_list("state", "issue")) == {(State.ACKED, 1)}


def awaiting(home: Enterprise, person: User) -> Plan:
    sim = SimFactory(account=AccountFactory(enterprise=home), status="DEACTIVATED")
    plan = plans.make(
        person,
        home,
        kind_name="retire",
        params={},
        source=Source(giccids=(sim.giccid,)),
        form_uid=uuid.uuid4(),
    )
    return plans.submit(person, plan, digest=plan.digest)


@pytest.mark.parametrize("attempt", range(4))
def test_approving_cancelling_and_expiring_at_the_same_moment_has_one_outcome(
    attempt: int, home: Enterprise, people: list[User]
) -> None:
    plan = awaiting(home, people[0])
    if attempt % 2:
        Approval.objects.filter(plan=plan).update(expires_at=timezone.now())
        Plan.objects.filter(pk=plan.pk).update(run_at=timezone.now())
    results = at_once(
        lambda: plans.approve(people[1], plan, digest=plan.digest),
        lambda: plans.cancel(people[0], plan),
        lambda: plans.decline(people[2], plan, reason="No"),
        lambda: running.advance(plan.pk, timezone.now() + timedelta(seconds=1)),
        lambda: plans.approve(people[3], plan, digest=plan.digest),
    )
    assert [r for r in results if isinstance(r, Exception) and not isinstance(r, Refused)] == []
    plan.refresh_from_db()
    approval = plan.approvals.get()
    state = plan.commands.get().state
    if plan.state == Plan.State.RUNNING:
        assert (approval.decision, state) == ("approved", State.QUEUED)
    else:
        assert plan.state in ("cancelled", "declined", "expired")
        # approved first and cancelled a moment later is possible too
        assert state == State.CANCELLED
        assert approval.decision != "open"


@pytest.mark.parametrize("attempt", range(4))
def test_pausing_while_a_worker_queues_leaves_nothing_in_the_queue(
    attempt: int, home: Enterprise, people: list[User]
) -> None:
    sims = SimFactory.create_batch(5, account=AccountFactory(enterprise=home), status="ACTIVATED")
    plan = plans.make(
        people[0],
        home,
        kind_name="suspend",
        params={},
        source=Source(giccids=tuple(sim.giccid for sim in sims)),
        form_uid=uuid.uuid4(),
    )
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.RUNNING)
    at_once(
        lambda: plans.pause(people[0], plan),
        lambda: running.advance(plan.pk, timezone.now() + timedelta(seconds=1)),
        lambda: running.advance(plan.pk, timezone.now() + timedelta(seconds=1)),
    )
    with suppress(Refused):
        plans.pause(people[0], plan)
    plan.refresh_from_db()
    assert plan.state == Plan.State.PAUSED
    assert set(plan.commands.values_list("state", flat=True)) == {State.PLANNED}


def test_row_10_two_workers_freeze_one_plan_once(home: Enterprise, people: list[User]) -> None:
    sims = SimFactory.create_batch(5, account=AccountFactory(enterprise=home), status="ACTIVATED")
    plan = Plan.objects.create(
        enterprise=home,
        kind="suspend",
        created_by=people[0],
        source={"giccids": [sim.giccid for sim in sims]},
    )
    at_once(*[lambda: running.advance(plan.pk, timezone.now() + timedelta(seconds=1))] * 4)
    plan.refresh_from_db()
    assert (plan.state, plan.total, plan.fence) == (Plan.State.DRAFT, 5, 1)
    assert plan.commands.count() == 5
