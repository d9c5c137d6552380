"""What people do with plans, through their pages: friction, drift, pausing and trying again, one effect a click."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from commands import running
from commands.models import Command, Plan, State
from enterprise.models import Account
from sims.models import Selection, Sim
from staff.models import AuditEvent, User
from tests import factories
from tests.command_factories import ApprovalFactory, CommandFactory, PlanFactory
from tests.commands.plan_makers import fleet_of, order, plan_of, say, text
from tests.conftest import SignIn
from tests.desk_factories import SelectionFactory

pytestmark = pytest.mark.django_db


def _state(plan: Plan) -> str:
    plan.refresh_from_db()
    return plan.state


# --- friction


def test_releasing_queues_the_sims_once_however_often_it_is_clicked(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    plan = plan_of(operator, fleet_of(account, 3))
    for _click in range(3):
        response = say(sign_in(operator), plan, "submit", **order(plan))
        assert response.redirect_chain == [(f"/commands/plans/{plan.pk}/", 302)]
        assert "not a draft" not in text(response)
    assert _state(plan) == "running"
    assert Command.objects.filter(plan=plan, state=State.QUEUED).count() == 3
    assert AuditEvent.objects.filter(deed="plan.submit", about=str(plan.pk)).count() == 1


def test_a_dangerous_plan_is_not_released_without_its_tick(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    plan = plan_of(operator, fleet_of(account, 1))
    response = say(sign_in(operator), plan, "submit", **(order(plan) | {"agree": ""}))
    assert response.status_code == 422
    assert 'aria-invalid="true"' in text(response)
    assert _state(plan) == "draft"


def test_a_harmless_plan_takes_one_click(operator: User, account: Account, sign_in: SignIn) -> None:
    plan = plan_of(operator, fleet_of(account, 1), kind="custom_fields", params={"custom1": "Depot 7"})
    page = text(sign_in(operator).get(f"/commands/plans/{plan.pk}/"))
    assert 'name="agree"' not in page
    assert 'name="typed"' not in page
    assert "<b>Depot 7</b>" in page
    say(sign_in(operator), plan, "submit", digest=plan.digest)
    assert _state(plan) == "running"


@pytest.mark.parametrize("typed", ["", "11", "13", "twelve", "-12", "\0"])
def test_retiring_wants_the_number_typed(
    typed: str, operator: User, account: Account, sign_in: SignIn
) -> None:
    plan = plan_of(operator, fleet_of(account, 12, "DEACTIVATED"), kind="retire")
    response = say(sign_in(operator), plan, "submit", **order(plan, typed=typed))
    assert response.status_code == 422
    assert _state(plan) == "draft"
    say(sign_in(operator), plan, "submit", **order(plan, typed=" 12 "))
    assert _state(plan) == "awaiting"


def test_a_reason_is_needed_where_somebody_else_has_to_agree(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    plan = plan_of(operator, fleet_of(account, 1, "DEACTIVATED"), kind="retire")
    assert say(sign_in(operator), plan, "submit", **order(plan, typed="1", reason=" ")).status_code == 422
    assert _state(plan) == "draft"


@pytest.mark.parametrize("when", ["2001-01-01T10:00", "9999-12-31T23:59", "tomorrow", "0001-01-01T00:00"])
def test_a_moment_that_makes_no_sense_is_refused(
    when: str, operator: User, account: Account, sign_in: SignIn
) -> None:
    plan = plan_of(operator, fleet_of(account, 1))
    assert say(sign_in(operator), plan, "submit", **order(plan, start_at=when)).status_code == 422
    assert _state(plan) == "draft"


@override_settings(TIME_ZONE="Asia/Shanghai")
def test_a_plan_waits_for_its_moment_of_the_readers_zone(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    plan = plan_of(operator, fleet_of(account, 1))
    moment = (timezone.now() + timedelta(hours=8) + timedelta(days=1)).replace(second=0, microsecond=0)
    say(sign_in(operator), plan, "submit", **order(plan, start_at=f"{moment:%Y-%m-%dT%H:%M}"))
    assert _state(plan) == "scheduled"
    assert plan.start_at == moment - timedelta(hours=8)
    page = text(sign_in(operator).get(f"/commands/plans/{plan.pk}/"))
    assert "unless it is cancelled before" in page
    say(sign_in(operator), plan, "cancel")
    assert _state(plan) == "cancelled"


def test_in_steps_begins_with_ten(operator: User, account: Account, sign_in: SignIn) -> None:
    plan = plan_of(operator, fleet_of(account, 15))
    page = text(sign_in(operator).get(f"/commands/plans/{plan.pk}/"))
    assert "more than 5% of the SIMs so far have failed" in page
    say(sign_in(operator), plan, "submit", **order(plan, mode="canary"))
    assert Command.objects.filter(plan=plan, state=State.QUEUED).count() == 10
    assert "Step 1 of 3: 10 SIMs" in text(sign_in(operator).get(f"/commands/plans/{plan.pk}/"))


# --- what was looked at is what is released


def test_another_digest_than_the_one_looked_at_is_refused(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    plan = plan_of(operator, fleet_of(account, 1))
    page = text(say(sign_in(operator), plan, "submit", **order(plan, digest="e" * 64)))
    assert "The plan is not the one you looked at" in page
    assert _state(plan) == "draft"


def test_a_fleet_that_drifted_refuses_and_the_plan_can_be_made_again(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    sims = fleet_of(account, 3)
    plan = plan_of(operator, sims, reason="Depot closed")
    Sim.objects.filter(pk=sims[0].pk).update(status="RETIRED")
    browser = sign_in(operator)
    page = text(say(browser, plan, "submit", **order(plan)))
    assert "1 SIMs have changed since this plan was made" in page
    assert _state(plan) == "draft"
    uid = str(uuid.uuid4())
    first, second = (say(browser, plan, "again", uid=uid).redirect_chain for _click in range(2))
    assert first == second
    again = Plan.objects.exclude(pk=plan.pk).get()
    assert first == [(f"/commands/plans/{again.pk}/", 302)]
    assert (again.kind, again.groups, again.reason) == (
        "suspend",
        {"change": 2, "not_allowed": 1},
        "Depot closed",
    )


def test_a_plan_out_of_a_selection_is_made_again_out_of_it(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    selection: Selection = SelectionFactory(owner=operator, enterprise=account.enterprise)
    plan = PlanFactory(
        enterprise=account.enterprise,
        source={"selection": str(selection.pk)},
        state="expired",
        created_by=operator,
    )
    page = text(say(sign_in(operator), plan, "again", uid=str(uuid.uuid4())))
    again = Plan.objects.exclude(pk=plan.pk).get()
    assert again.source == plan.source
    assert "This plan holds no SIM" in page


@pytest.mark.parametrize("uid", ["", "nonsense", "\0"])
def test_a_strange_number_of_the_form_makes_no_plan(
    uid: str, operator: User, account: Account, sign_in: SignIn
) -> None:
    plan = PlanFactory(enterprise=account.enterprise, state="expired", source={"giccids": ["8986"]})
    for deed in ("again", "retry"):
        assert "form was incomplete" in text(say(sign_in(operator), plan, deed, uid=uid))
    assert Plan.objects.count() == 1


DEEDS = {
    "submit": ("draft", {"operator", "approver", "admin"}),
    "pause": ("running", {"operator", "approver", "admin"}),
    "resume": ("paused", {"operator", "approver", "admin"}),
    "cancel": ("running", {"operator", "approver", "admin"}),
    "again": ("expired", {"operator", "approver", "admin"}),
    "retry": ("completed", {"operator", "approver", "admin"}),
    "approve": ("awaiting", {"approver", "admin"}),
    "decline": ("awaiting", {"approver", "admin"}),
    "bypass": ("awaiting", {"admin"}),
}


@pytest.mark.parametrize("role", ["viewer", "operator", "approver", "admin"])
@pytest.mark.parametrize("deed", DEEDS)
def test_the_page_offers_exactly_what_the_role_may_do(
    deed: str, role: str, account: Account, sign_in: SignIn
) -> None:
    state, allowed = DEEDS[deed]
    person = factories.UserFactory(username=f"some-{role}", role=role)
    kind = {"kind": "suspend", "source": {"giccids": ["8986"]}, "state": state}
    plan = PlanFactory(enterprise=account.enterprise, **kind)
    CommandFactory(sim=fleet_of(account, 1)[0], plan=plan, state=State.REJECTED)
    if state == "awaiting":
        ApprovalFactory(plan=plan)
    browser = sign_in(person)
    page = text(browser.get(f"/commands/plans/{plan.pk}/"))
    assert (f'action="/commands/plans/{plan.pk}/{deed}/"' in page) == (role in allowed)
    status = browser.post(f"/commands/plans/{plan.pk}/{deed}/").status_code
    assert (status == 403) == (role not in allowed)


# --- while it runs


def test_pausing_resuming_and_cancelling_the_rest(operator: User, account: Account, sign_in: SignIn) -> None:
    plan = plan_of(operator, fleet_of(account, 3))
    browser = sign_in(operator)
    say(browser, plan, "submit", **order(plan))
    sent = Command.objects.filter(plan=plan).first()
    assert sent is not None
    Command.objects.filter(pk=sent.pk).update(state=State.SENT, issue=1)
    say(browser, plan, "pause")
    assert _state(plan) == "paused"
    assert plan.tally == {"sent": 1, "planned": 2}
    assert "Only a running plan can be paused" in text(say(browser, plan, "pause"))
    say(browser, plan, "resume")
    assert _state(plan) == "running"
    say(browser, plan, "cancel")
    assert _state(plan) == "cancelled"
    assert plan.tally == {"sent": 1, "cancelled": 2}
    page = text(browser.get(f"/commands/plans/{plan.pk}/"))
    assert "The rest of the plan was cancelled" in page
    assert "What was under way comes to its end" in page


@pytest.mark.parametrize("deed", ["pause", "cancel"])
def test_figures_of_a_stopped_plan_follow_what_was_under_way(
    deed: str, operator: User, account: Account, sign_in: SignIn
) -> None:
    plan = plan_of(operator, fleet_of(account, 2))
    browser = sign_in(operator)
    say(browser, plan, "submit", **order(plan))
    sent = Command.objects.filter(plan=plan).first()
    assert sent is not None
    Command.objects.filter(pk=sent.pk).update(state=State.SENT, issue=1)
    say(browser, plan, deed)
    Command.objects.filter(pk=sent.pk).update(state=State.APPLIED)
    assert running.recount(account.enterprise_id) == 1
    plan.refresh_from_db()
    assert (plan.tally["applied"], plan.state) == (1, {"pause": "paused", "cancel": "cancelled"}[deed])
    assert running.recount(account.enterprise_id) == 0


def test_only_what_failed_is_tried_again(operator: User, account: Account, sign_in: SignIn) -> None:
    sims = fleet_of(account, 3)
    plan = plan_of(operator, sims)
    for sim, state in zip(sims, (State.APPLIED, State.REJECTED, State.NOT_APPLIED), strict=True):
        Command.objects.filter(plan=plan, giccid=sim.giccid).update(state=state)
    Plan.objects.filter(pk=plan.pk).update(
        state="completed", tally={"applied": 1, "rejected": 1, "not_applied": 1}, started_at=timezone.now()
    )
    browser = sign_in(operator)
    page = text(browser.get(f"/commands/plans/{plan.pk}/"))
    assert "Retry failed only (2)" in page
    (uid,) = re.findall(r'/retry/">.*?name="uid" value="([^"]+)"', page)
    first, second = (say(browser, plan, "retry", uid=uid).redirect_chain for _click in range(2))
    assert first == second
    retry = Plan.objects.get(parent=plan)
    assert set(retry.commands.values_list("giccid", flat=True)) == {sim.giccid for sim in sims[1:]}
    assert f"/commands/plans/{retry.pk}/" in text(browser.get(f"/commands/plans/{plan.pk}/"))


def test_a_cooled_retirement_says_what_happens_when_and_can_be_cancelled(
    operator: User, approver: User, account: Account, sign_in: SignIn
) -> None:
    plan = plan_of(operator, fleet_of(account, 2), kind="retire", cooling_hours=24)
    browser = sign_in(operator)
    page = text(browser.get(f"/commands/plans/{plan.pk}/"))
    assert "Active SIMs are suspended at once; 24 hours later all of them are retired" in page
    assert "Ask for approval: Retire 2 SIMs for ever" in page
    assert 'name="start_at"' not in page
    say(browser, plan, "submit", **order(plan, typed="2"))
    say(sign_in(approver), plan, "approve", digest=plan.digest)
    assert _state(plan) == "scheduled"
    child = Plan.objects.get(parent=plan)
    assert (child.kind, child.state) == ("suspend", "running")
    page = text(browser.get(f"/commands/plans/{plan.pk}/"))
    assert "Active SIMs are suspended now. Retired" in page
    assert f"/commands/plans/{child.pk}/" in page
    say(browser, plan, "cancel")
    assert _state(plan) == "cancelled"
    assert set(Command.objects.filter(plan=plan).values_list("state", flat=True)) == {"cancelled"}
    refused = text(say(browser, child, "again", uid=str(uuid.uuid4())))
    assert "belongs to another one" in refused
