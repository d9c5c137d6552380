"""The second person, through the pages: asked, answered, never oneself, expired, and gone round in an emergency.

Seen red: own plans approved, a bypass that is no alarm.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from commands import inbox, running
from commands.models import Approval, Command, Plan, State
from enterprise.models import Account
from staff.models import AuditEvent, User
from tests import factories
from tests.commands.plan_makers import fleet_of, order, plan_of, say, second_person_above, text
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db


def _state(plan: Plan) -> str:
    plan.refresh_from_db()
    return plan.state


@pytest.fixture
def question(operator: User, account: Account, sign_in: SignIn) -> Plan:
    """A large plan of the operator, submitted."""
    second_person_above(account, 2)
    plan = plan_of(operator, fleet_of(account, 3))
    page = text(sign_in(operator).get(f"/commands/plans/{plan.pk}/"))
    assert "Ask for approval: Suspend 3 SIMs" in page
    assert "It changes more SIMs than one person may change alone." in page
    say(sign_in(operator), plan, "submit", **order(plan))
    assert _state(plan) == "awaiting"
    return plan


def test_a_second_person_releases_a_large_plan(question: Plan, approver: User, sign_in: SignIn) -> None:
    browser = sign_in(approver)
    page = text(browser.get(f"/commands/plans/{question.pk}/"))
    assert "Approve: Suspend 3 SIMs" in page
    assert "Stolen from the depot" in text(browser.get("/commands/approvals/"))
    assert inbox.waiting_for(approver, question.enterprise).count() == 1
    say(browser, question, "approve", digest=question.digest, reason="Seen")
    assert _state(question) == "running"
    approval = Approval.objects.get()
    assert (approval.decision, approval.decided_by, approval.reason) == ("approved", approver, "Seen")
    assert Command.objects.filter(state=State.QUEUED).count() == 3
    again = text(say(browser, question, "approve", digest=question.digest))
    assert "does not wait for an approval any more" in again
    assert Command.objects.filter(state=State.QUEUED).count() == 3
    assert inbox.waiting_for(approver, question.enterprise).count() == 0


def test_a_yes_to_another_plan_than_the_one_shown_is_refused(
    question: Plan, approver: User, sign_in: SignIn
) -> None:
    page = text(say(sign_in(approver), question, "approve", digest="e" * 64))
    assert "not the one you looked at" in page
    assert _state(question) == "awaiting"


def test_nobody_approves_their_own_plan(approver: User, account: Account, sign_in: SignIn) -> None:
    second_person_above(account, 0)
    plan = plan_of(approver, fleet_of(account, 1))
    browser = sign_in(approver)
    say(browser, plan, "submit", **order(plan))
    page = text(browser.get(f"/commands/plans/{plan.pk}/"))
    assert "nobody approves their own" in page
    assert f"/commands/plans/{plan.pk}/approve/" not in page
    assert "Yours: somebody else has to decide" in text(browser.get("/commands/approvals/"))
    assert "Nobody approves their own plan" in text(say(browser, plan, "approve", digest=plan.digest))
    assert _state(plan) == "awaiting"


def test_somebody_elses_draft_that_one_submitted_is_ones_own_too(
    operator: User, approver: User, account: Account, sign_in: SignIn
) -> None:
    second_person_above(account, 0)
    plan = plan_of(operator, fleet_of(account, 1))
    say(sign_in(approver), plan, "submit", **order(plan))
    assert "Nobody approves their own plan" in text(
        say(sign_in(approver), plan, "approve", digest=plan.digest)
    )
    assert _state(plan) == "awaiting"


def test_declining_needs_a_reason_and_is_told_on_the_page(
    question: Plan, approver: User, sign_in: SignIn
) -> None:
    browser = sign_in(approver)
    assert "Say why" in text(say(browser, question, "decline", reason=" "))
    assert _state(question) == "awaiting"
    say(browser, question, "decline", reason="Wrong depot")
    assert _state(question) == "declined"
    page = text(sign_in(approver).get(f"/commands/plans/{question.pk}/"))
    assert "Wrong depot" in page
    assert "Make it again" in page
    assert "Wrong depot" in text(browser.get("/commands/approvals/"))
    assert set(Command.objects.values_list("state", "why")) == {("cancelled", "declined")}


def test_whoever_asked_withdraws_the_question(question: Plan, operator: User, sign_in: SignIn) -> None:
    page = text(sign_in(operator).get(f"/commands/plans/{question.pk}/"))
    assert "Withdraw the question and cancel" in page
    say(sign_in(operator), question, "cancel")
    assert _state(question) == "cancelled"
    assert Approval.objects.get().decision == "withdrawn"


def test_a_question_expires(question: Plan, approver: User, sign_in: SignIn) -> None:
    late = timezone.now() + timedelta(hours=25)
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    page = text(say(sign_in(approver), question, "approve", digest=question.digest))
    assert "The question has expired" in page
    assert _state(question) == "awaiting"
    running.advance(question.pk, late)
    assert _state(question) == "expired"
    assert "Nobody answered in time" in text(sign_in(approver).get(f"/commands/plans/{question.pk}/"))


@pytest.mark.parametrize(
    "form", [{"reason": "Fire in the depot"}, {"reason": "short", "agree": "on"}, {"agree": "on"}]
)
def test_an_emergency_needs_its_tick_and_a_reason_that_says_something(
    form: dict[str, str], question: Plan, admin: User, sign_in: SignIn
) -> None:
    say(sign_in(admin), question, "bypass", digest=question.digest, **form)
    assert _state(question) == "awaiting"
    assert not AuditEvent.objects.filter(is_alarm=True).exists()


def test_an_emergency_is_shouted_in_the_audit_trail(question: Plan, admin: User, sign_in: SignIn) -> None:
    assert "Without approval: Suspend 3 SIMs" in text(sign_in(admin).get(f"/commands/plans/{question.pk}/"))
    form = {"reason": "Fire in the depot", "agree": "on"}
    say(sign_in(admin), question, "bypass", digest=question.digest, **form)
    assert _state(question) == "running"
    event = AuditEvent.objects.get(is_alarm=True)
    assert (event.deed, event.actor, event.detail["reason"]) == ("plan.bypass", admin, "Fire in the depot")
    assert Approval.objects.get().decision == "bypassed"


def test_the_page_says_when_nobody_else_may_approve(
    account: Account, operator: User, sign_in: SignIn
) -> None:
    second_person_above(account, 0)
    plan = plan_of(operator, fleet_of(account, 1))
    browser = sign_in(operator)
    assert "Nobody else may approve yet" in text(browser.get(f"/commands/plans/{plan.pk}/"))
    factories.UserFactory(username="elsewhere", role="approver", accounts=[factories.AccountFactory()])
    assert "Nobody else may approve yet" in text(browser.get(f"/commands/plans/{plan.pk}/"))
    factories.UserFactory(username="limited", role="approver", accounts=[account])
    assert "For example limited." in text(browser.get(f"/commands/plans/{plan.pk}/"))
