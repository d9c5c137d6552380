"""What people decide about orders with an uncertain outcome: the first one counts, and leaves its trace.

Aims at: the state check taken out (a second click settled again), the check of the SIM before it is sent again taken
out, the tick for what may be bought twice not asked for.
"""

import pytest

from commands import decisions
from commands.models import Command, Plan, State
from commands.refusals import Refused
from sims.history_models import Hint
from staff.models import AuditEvent
from tests import factories
from tests.command_factories import CommandFactory, PlanFactory, ProtectionFactory

pytestmark = pytest.mark.django_db
NOTE = "Seen on the meter"


@pytest.fixture
def order(account):
    """An order to suspend an active SIM, of a plan that has ended."""
    sim = factories.SimFactory(account=account, status="ACTIVATED")
    plan = PlanFactory(enterprise=account.enterprise, state=Plan.State.COMPLETED)
    return CommandFactory(sim=sim, plan=plan, state=State.NEEDS_HUMAN, issue=1, misses=4, fence=7)


@pytest.mark.parametrize(
    ("decide", "state"),
    [(decisions.mark_applied, State.APPLIED), (decisions.mark_not_applied, State.NOT_APPLIED)],
)
def test_a_mark_settles_the_order_and_tells_who_and_why(decide, state, order, approver):
    decide(approver, order, NOTE)
    order.refresh_from_db()
    assert (order.state, order.settled_by, order.settle_note) == (state, approver, NOTE)
    assert order.settled_at is not None
    entry = order.evidence[-1]
    assert (entry["by"], entry["who"], entry["choice"], entry["note"]) == (
        "person",
        approver.display_name,
        str(state),
        NOTE,
    )
    event = AuditEvent.objects.get(deed="command.decide")
    assert (event.actor, event.about, event.detail["note"]) == (approver, str(order.pk), NOTE)


def test_the_plan_counts_anew_and_the_sim_is_read_soon(order, approver):
    decisions.mark_applied(approver, order, NOTE)
    order.plan.refresh_from_db()
    assert order.plan.tally == {"applied": 1}
    assert Hint.objects.filter(giccid=order.giccid).count() == 1


@pytest.mark.parametrize("state", [State.APPLIED, State.UNKNOWN, State.QUEUED, State.CANCELLED])
@pytest.mark.parametrize("decide", [decisions.mark_applied, decisions.mark_not_applied, decisions.reissue])
def test_only_an_order_that_waits_for_a_person_is_decided(decide, state, order, approver):
    Command.objects.filter(pk=order.pk).update(state=state)
    with pytest.raises(Refused, match="does not wait for a decision any more"):
        decide(approver, order, NOTE)
    order.refresh_from_db()
    assert (order.state, order.evidence) == (state, [])
    assert not AuditEvent.objects.exists()


def test_the_second_person_learns_who_was_first(order, approver, admin):
    decisions.mark_applied(approver, order, NOTE)
    with pytest.raises(Refused, match=r"“Applied”\. approver decided that"):
        decisions.mark_not_applied(admin, order, NOTE)


@pytest.mark.parametrize("note", ["", "  ", "ok"])
@pytest.mark.parametrize("decide", [decisions.mark_applied, decisions.mark_not_applied, decisions.reissue])
def test_every_choice_needs_a_note(decide, note, order, approver):
    with pytest.raises(Refused, match="Say how you know"):
        decide(approver, order, note)
    order.refresh_from_db()
    assert order.state == State.NEEDS_HUMAN


def test_a_reissue_queues_it_and_voids_what_a_worker_still_held(order, approver):
    decisions.reissue(approver, order, NOTE)
    order.refresh_from_db()
    assert (order.state, order.fence, order.misses, order.job, order.is_doubtful) == (
        State.QUEUED,
        8,
        0,
        None,
        True,
    )
    assert (order.lease_until, order.settled_by) == (None, None)


@pytest.mark.parametrize("what", ["changed", "protected", "gone"])
def test_what_is_not_as_it_was_is_not_sent_again(what, order, approver):
    sim = order.enterprise.sims.get(giccid=order.giccid)
    if what == "changed":
        factories.Sim.objects.filter(pk=sim.pk).update(status="RETIRED")
    elif what == "protected":
        ProtectionFactory(sim=sim)
    else:
        factories.Sim.objects.filter(pk=sim.pk).update(removed_at="2026-11-01T00:00:00Z")
    with pytest.raises(Refused, match="not sent again"):
        decisions.reissue(approver, order, NOTE)
    order.refresh_from_db()
    assert order.state == State.NEEDS_HUMAN


def test_what_may_be_bought_twice_needs_a_tick(account, approver):
    plan = PlanFactory(enterprise=account.enterprise, kind="supplementary_plan", params={"package": "Add-on"})
    order = CommandFactory(sim=factories.SimFactory(account=account), plan=plan, state=State.NEEDS_HUMAN)
    with pytest.raises(Refused, match="buy it twice"):
        decisions.reissue(approver, order, NOTE)
    decisions.reissue(approver, order, NOTE, is_sure=True)
    order.refresh_from_db()
    assert order.state == State.QUEUED


def test_nothing_of_a_cancelled_plan_is_sent_again(order, approver):
    """What is queued of a cancelled plan is cancelled by its worker."""
    Plan.objects.filter(pk=order.plan_id).update(state=Plan.State.CANCELLED)
    with pytest.raises(Refused, match="plan was cancelled"):
        decisions.reissue(approver, order, NOTE)


def test_looking_again_needs_no_note_and_forgets_what_was_not_seen(order, approver):
    decisions.look_again(approver, order)
    order.refresh_from_db()
    assert (order.state, order.misses, order.missed_at) == (State.UNKNOWN, 0, None)
    assert order.evidence[-1]["choice"] == "look_again"


# --- through the page


def test_the_form_decides_and_leads_back_to_the_order(order, approver, sign_in):
    browser = sign_in(approver)
    response = browser.post(f"/commands/{order.pk}/decide/", {"choice": "applied", "note": NOTE})
    assert response["Location"] == f"/commands/{order.pk}/"
    page = browser.get(response["Location"]).content.decode()
    assert f"{approver.display_name} marked it as applied." in page
    assert "Marked as applied." in page
    assert 'name="choice"' not in page


def test_the_worklist_decides_and_stays_the_worklist(order, approver, sign_in):
    browser = sign_in(approver)
    assert order.giccid in browser.get("/commands/needs-person/").content.decode()
    response = browser.post(
        f"/commands/{order.pk}/decide/", {"choice": "not_applied", "note": NOTE, "back": "list"}
    )
    assert response["Location"] == "/commands/needs-person/"
    page = browser.get(response["Location"]).content.decode()
    assert order.giccid not in page
    assert "Nothing needs a person" in page


def test_a_second_click_is_told_what_happened_and_changes_nothing(order, approver, sign_in):
    browser = sign_in(approver)
    for _click in range(2):
        browser.post(f"/commands/{order.pk}/decide/", {"choice": "applied", "note": NOTE})
    page = browser.get(f"/commands/{order.pk}/").content.decode()
    assert "does not wait for a decision any more" in page
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    "data", [{}, {"choice": "explode", "note": NOTE}, {"choice": "applied", "note": "\0"}]
)
def test_nonsense_changes_nothing(data, order, approver, sign_in):
    assert sign_in(approver).post(f"/commands/{order.pk}/decide/", data).status_code == 302
    order.refresh_from_db()
    assert order.state == State.NEEDS_HUMAN


def test_an_operator_sees_the_evidence_and_no_form(order, operator, sign_in):
    page = sign_in(operator).get("/commands/needs-person/").content.decode()
    assert order.giccid in page
    assert "An approver decides about these" in page
    assert 'name="choice"' not in page
