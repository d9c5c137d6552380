"""What is dropped after its time, and what never is.

Aims at: the age taken from the making of a plan that ended yesterday, an order in flight deleted with its plan.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from commands import tidying
from commands.models import Attempt, BatchJob, Command, Plan
from tests import factories
from tests.command_factories import (
    ApprovalFactory,
    AttemptFactory,
    BatchJobFactory,
    CommandFactory,
    PlanFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def _plan(enterprise, days, **values):
    """A plan made, and where it has ended also ended, so many days ago."""
    plan = PlanFactory(enterprise=enterprise, **values)
    at = NOW - timedelta(days=days)
    ended = at if plan.state not in ("draft", "running", "paused", "awaiting", "scheduled") else None
    Plan.objects.filter(pk=plan.pk).update(created_at=at, finished_at=ended)
    plan.refresh_from_db()
    return plan


@pytest.mark.parametrize(
    ("state", "started", "days", "is_kept"),
    [
        ("draft", False, 8, False),
        ("draft", False, 6, True),
        ("expired", False, 8, False),
        ("cancelled", False, 8, False),
        ("cancelled", True, 8, True),
        ("declined", False, 8, True),
        ("awaiting", False, 900, True),
        ("scheduled", False, 900, True),
        ("running", True, 900, True),
        ("paused", True, 900, True),
        ("completed", True, 399, True),
        ("completed", True, 401, False),
        ("declined", False, 401, False),
    ],
)
def test_a_plan_is_kept_as_long_as_it_means_something(state, started, days, is_kept, enterprise):
    plan = _plan(enterprise, days, state=state, started_at=NOW - timedelta(days=days) if started else None)
    tidying.tidy(NOW)
    assert Plan.objects.filter(pk=plan.pk).exists() == is_kept


def test_what_belongs_to_a_plan_goes_with_it_and_nothing_else(enterprise, account):
    old, new = (_plan(enterprise, days, state="completed", started_at=NOW) for days in (500, 5))
    for plan in (old, new):
        job = BatchJobFactory(plan=plan, state="completed")
        order = CommandFactory(sim=factories.SimFactory(account=account), plan=plan, job=job, state="applied")
        AttemptFactory(command=order)
        AttemptFactory(job=job)
        ApprovalFactory(plan=plan, decision="approved")
    assert tidying.tidy(NOW) == 1
    assert list(Plan.objects.all()) == [new]
    assert {row.plan_id for model in (Command, BatchJob) for row in model.objects.all()} == {new.pk}
    assert Attempt.objects.count() == 2


def test_an_enterprise_says_how_long(enterprise):
    enterprise.history_days = 31
    enterprise.save()
    plan = _plan(enterprise, 40, state="completed", started_at=NOW)
    tidying.tidy(NOW)
    assert not Plan.objects.filter(pk=plan.pk).exists()


@pytest.mark.parametrize("state", ["unknown", "needs_human", "queued"])
def test_an_order_without_an_outcome_keeps_its_plan_whatever_its_age(state, enterprise, account):
    plan = _plan(enterprise, 900, state="completed", started_at=NOW)
    CommandFactory(sim=factories.SimFactory(account=account), plan=plan, state=state)
    tidying.tidy(NOW)
    assert Command.objects.filter(plan=plan).count() == 1


def test_what_one_run_leaves_the_next_takes(enterprise, account, monkeypatch):
    monkeypatch.setattr(tidying, "PIECE", 1)
    plan = _plan(enterprise, 500, state="completed", started_at=NOW)
    for _n in range(3):
        CommandFactory(sim=factories.SimFactory(account=account), plan=plan, state="applied")
    assert tidying.tidy(NOW, seconds=-1) == 0
    assert Plan.objects.filter(pk=plan.pk).exists()
    assert tidying.tidy(NOW) == 1
