"""The drawer of what is under way, its figures on every page, and the toast at the end.

Aims at: one's own question counted as waiting for oneself, another's plan in the drawer, a toast about the plan of
somebody else.
"""

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commands import activity, inbox
from commands.models import Plan, State
from tests import factories
from tests.command_factories import ApprovalFactory, BatchJobFactory, CommandFactory, PlanFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
FIGURES = "/commands/activity/?part=figures"


@pytest.fixture
def running(enterprise, operator):
    return PlanFactory(
        enterprise=enterprise,
        submitted_by=operator,
        state=Plan.State.RUNNING,
        groups={"change": 312},
        tally={"applied": 100, "rejected": 2, "needs_human": 1, "queued": 209, "skipped": 5},
    )


def _awaiting(enterprise, account, submitter):
    plan = PlanFactory(
        enterprise=enterprise, state=Plan.State.AWAITING, created_by=submitter, submitted_by=submitter
    )
    CommandFactory(sim=factories.SimFactory(account=account), plan=plan)
    return ApprovalFactory(plan=plan)


def test_the_figures_are_one_query(enterprise, running, approver):
    approver.has_perm("commands.approve")
    with CaptureQueriesContext(connection) as queries:
        activity.figures(approver, enterprise)
    assert len(queries) == 1


def test_approvals_wait_for_those_who_may_approve_and_did_not_ask(
    enterprise, account, operator, approver, admin
):
    _awaiting(enterprise, account, approver)
    _awaiting(enterprise, account, operator)
    found = {
        user.username: activity.figures(user, enterprise).approvals for user in (operator, approver, admin)
    }
    assert found == {"operator": 0, "approver": 1, "admin": 2}


def test_a_question_that_ran_out_or_is_of_hidden_sims_waits_for_nobody(
    enterprise, account, other_account, operator
):
    limited = factories.UserFactory(role="approver", accounts=[other_account])
    _awaiting(enterprise, account, operator)
    mine = _awaiting(enterprise, other_account, operator)
    assert list(inbox.waiting_for(limited, enterprise)) == [mine]
    mine.expires_at = mine.requested_at
    mine.save()
    assert not inbox.waiting_for(limited, enterprise).exists()


def test_orders_that_need_a_person_are_told_to_those_who_decide(enterprise, account, operator, approver):
    CommandFactory(sim=factories.SimFactory(account=account), state=State.NEEDS_HUMAN)
    assert activity.figures(approver, enterprise).undecided == 1
    assert activity.figures(operator, enterprise).undecided == 0


def test_the_rail_shows_what_waits_for_a_decision(enterprise, account, approver, sign_in):
    CommandFactory(sim=factories.SimFactory(account=account), state=State.NEEDS_HUMAN)
    page = sign_in(approver).get("/jobs/").content.decode()
    assert '<span class="rail-badge">1</span>' in page


def test_the_drawer_lists_ones_own_plans_and_how_far_they_are(enterprise, running, operator, viewer, sign_in):
    BatchJobFactory(plan=running, total=100, succeeded=41)
    page = sign_in(operator).get("/commands/activity/").content.decode()
    for words in ("Suspend 312 SIMs", "103 of 312", "41 of 100"):
        assert words in page
    assert "Suspend 312 SIMs" not in sign_in(viewer).get("/commands/activity/").content.decode()


def test_the_button_asks_again_only_while_a_plan_of_ones_own_goes_on(running, operator, viewer, sign_in):
    response = sign_in(operator).get(FIGURES, headers=HTMX)
    assert response.status_code == 200
    assert f"watch={running.pk}" in response.content.decode()
    response = sign_in(viewer).get(FIGURES, headers=HTMX)
    assert response.status_code == 286
    assert b"hx-trigger" not in response.content


@pytest.mark.parametrize(
    ("state", "tally", "level", "words"),
    [
        ("completed", {"applied": 312}, "success", "Suspend 312 SIMs: done."),
        (
            "completed",
            {"applied": 300, "rejected": 12},
            "warning",
            "Suspend 312 SIMs: done, 12 without success.",
        ),
        ("paused", {}, "warning", "Suspend 312 SIMs: Paused."),
        ("draft", {}, "info", "Suspend 312 SIMs: the plan is ready to be looked at."),
    ],
)
def test_the_end_of_a_watched_plan_is_told_once(state, tally, level, words, running, operator, sign_in):
    browser, address = sign_in(operator), f"{FIGURES}&watch={running.pk}"
    assert "HX-Trigger" not in browser.get(address, headers=HTMX)
    Plan.objects.filter(pk=running.pk).update(state=state, tally=tally)
    response = browser.get(address, headers=HTMX)
    assert json.loads(response["HX-Trigger"]) == {"toast": {"level": level, "text": words}}
    assert str(running.pk) not in response.content.decode()


def test_nobody_is_told_of_the_plans_of_others_nor_of_nonsense(running, approver, sign_in):
    Plan.objects.filter(pk=running.pk).update(state="completed")
    address = f"{FIGURES}&watch={running.pk}&watch=x&watch={uuid.uuid4()}"
    assert "HX-Trigger" not in sign_in(approver).get(address, headers=HTMX)
