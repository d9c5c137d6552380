"""The list of drift: who sees what, and what people do about it.

Aims at: the newer order not looked at, accounts not looked at, the note not asked for, intents not grouped by kind.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from commands.models import Command, Intent, Plan, State
from sims import drift
from sims.models import Sim
from staff.models import AuditEvent, User
from tests.command_factories import CommandFactory, IntentFactory, PlanFactory
from tests.conftest import SignIn
from tests.factories import SimFactory
from tests.history_factories import ChangeLogFactory
from tests.support.drifting import MINUTE, Read, applied, drifting, read

__all__ = ["read"]
pytestmark = pytest.mark.django_db


# --- who sees what


def test_a_newer_order_under_way_is_no_drift(sim: Sim, operator: User) -> None:
    IntentFactory(sim=sim, value="DEACTIVATED")
    assert drift.count(operator, sim.enterprise) == 1
    command = CommandFactory(
        sim=sim,
        plan=PlanFactory(enterprise=sim.enterprise, kind="basic_plan", params={"package": "x"}),
        state=State.SENT,
    )
    assert drift.count(operator, sim.enterprise) == 1, "it is about something else"
    Command.objects.filter(pk=command.pk).update(state=State.CANCELLED)
    CommandFactory(sim=sim, state=State.QUEUED)
    assert drift.count(operator, sim.enterprise) == 0


def test_limited_people_see_the_drift_of_their_accounts(
    sim: Sim, outsider: User, operator: User, stranger: User, foreign_sim: Sim
) -> None:
    IntentFactory(sim=sim, value="DEACTIVATED")
    IntentFactory(sim=foreign_sim, value="DEACTIVATED")
    assert drift.count(operator, sim.enterprise) == 1
    assert drift.count(outsider, sim.enterprise) == 0
    assert drift.count(stranger, foreign_sim.enterprise) == 1


def test_a_line_tells_both_sides_and_the_platform_s_own_word(
    sim: Sim, operator: User, sign_in: SignIn, read: Read
) -> None:
    command = applied(sim)
    Plan.objects.filter(pk=command.plan_id).update(submitted_by=operator)
    read(status="ACTIVATED")
    ChangeLogFactory(sim=sim, type="IMEI_CHANGE", target="ACTIVATED", happened_at=timezone.now() + MINUTE)
    ChangeLogFactory(sim=sim, type="LOCAL_STATUS", target="ACTIVATED", happened_at=timezone.now() - MINUTE)
    (line,) = drift.lines(sim.enterprise, list(Intent.objects.all()))
    assert (line.observed, line.log) == ("ACTIVATED", None)
    log = ChangeLogFactory(
        sim=sim, type="LOCAL_STATUS", target="ACTIVATED", happened_at=timezone.now() + MINUTE
    )
    (line,) = drift.lines(sim.enterprise, list(Intent.objects.all()))
    assert line.log == log
    page = sign_in(operator).get("/sims/drift/").content.decode()
    assert sim.giccid in page and "ordered by operator" in page and "changed, says SmartHub" in page


def test_the_overview_counts_it_and_leads_to_it(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    IntentFactory(sim=sim, value="DEACTIVATED")
    page = sign_in(viewer).get("/").content.decode()
    assert 'href="/sims/drift/"' in page and "not as they were ordered to be" in page


def test_a_viewer_sees_no_buttons(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    IntentFactory(sim=sim, value="DEACTIVATED")
    page = sign_in(viewer).get("/sims/drift/").content.decode()
    assert sim.giccid in page and "/sims/drift/accept/" not in page and 'name="intent"' not in page


# --- what people do


def post(browser: Client, address: str, **data: Any) -> list[str]:
    """What is said after it, without following where it leads."""
    reply = browser.post(f"/sims/drift/{address}/", data)
    assert reply.status_code == 302
    return [str(message) for message in reply.wsgi_request._messages]


@pytest.fixture
def sandboxed(sim: Sim) -> Sim:
    type(sim.enterprise).objects.update(is_sandbox=True)
    sim.refresh_from_db()
    return sim


def test_set_it_back_makes_a_plan_for_each_kind_of_change(
    sandboxed: Sim, operator: User, sign_in: SignIn
) -> None:
    sim = sandboxed
    others = SimFactory.create_batch(2, account=sim.account, status="DEACTIVATED")
    wanted = [
        IntentFactory(sim=sim, value="DEACTIVATED"),
        IntentFactory(sim=others[0], value="ACTIVATED"),
        IntentFactory(sim=others[1], value="ACTIVATED"),
        IntentFactory(sim=sim, aspect="apn:iot.example", value="CLOSED"),
    ]
    left = IntentFactory(sim=sim, aspect="package", value="Other")
    ids = [intent.pk for intent in wanted]
    for _twice in range(2):
        post(sign_in(operator), "set-back", intent=ids, uid="11111111-1111-4111-8111-111111111111")
    plans = Plan.objects.order_by("kind")
    assert [(plan.kind, plan.changing, plan.state) for plan in plans] == [
        ("activate", 2, "draft"),
        ("apn_status", 1, "draft"),
        ("suspend", 1, "draft"),
    ]
    assert plans[1].params == {"apn": "iot.example", "status": "CLOSED"}
    assert left.giccid == sim.giccid, "what was not ticked is left alone"


def test_all_that_drift_are_set_back_with_one_tick(sandboxed: Sim, operator: User, sign_in: SignIn) -> None:
    for one in SimFactory.create_batch(3, account=sandboxed.account):
        IntentFactory(sim=one, value="DEACTIVATED")
    post(sign_in(operator), "set-back", every="1")
    assert Plan.objects.get().changing == 3


def test_accepting_makes_what_is_seen_what_is_wanted(sim: Sim, operator: User, sign_in: SignIn) -> None:
    command = applied(sim)
    intent = Intent.objects.get()
    Intent.objects.update(since=timezone.now() - timedelta(hours=1), value="DEACTIVATED")
    assert drifting(sim) == ["status"]
    said = post(sign_in(operator), "accept", intent=[intent.pk], note="The customer asked SmartHub")
    assert said == ["1 SIM is right as it is now."]
    intent.refresh_from_db()
    assert (intent.value, intent.drifted_at, intent.command_id) == ("ACTIVATED", None, None)
    assert (intent.accepted_by, intent.note) == (operator, "The customer asked SmartHub")
    event = AuditEvent.objects.get()
    assert (event.deed, event.detail["sims"]) == ("drift.accept", 1)
    assert event.detail["first"] == [{"giccid": sim.giccid, "aspect": "status", "was": "DEACTIVATED"}]
    assert Command.objects.get().pk == command.pk, "nothing was ordered"


@pytest.mark.parametrize(
    ("address", "data", "says"),
    [
        ("accept", {"note": ""}, "Say why this is right"),
        ("accept", {"note": " x "}, "Say why this is right"),
        ("accept", {"note": "x" * 501}, "at most 500"),
        ("set-back", {"uid": "x"}, "valid UUID"),
        ("set-back", {"intent": ["x", "-1", "9" * 30, "٣"]}, "Tick at least one"),
        ("set-back", {"intent": []}, "Tick at least one"),
    ],
)
def test_nothing_happens_by_halves(
    sandboxed: Sim, operator: User, sign_in: SignIn, address: str, data: dict[str, Any], says: str
) -> None:
    intent = IntentFactory(sim=sandboxed, value="DEACTIVATED")
    said = post(sign_in(operator), address, **{"intent": [intent.pk]} | data)
    assert says in " ".join(said)
    assert (Plan.objects.count(), AuditEvent.objects.count()) == (0, 0)
    intent.refresh_from_db()
    assert intent.value == "DEACTIVATED"


def test_an_outsider_accepts_nothing_of_others(sim: Sim, outsider: User, sign_in: SignIn) -> None:
    intent = IntentFactory(sim=sim, value="DEACTIVATED")
    said = post(sign_in(outsider), "accept", intent=[intent.pk], note="Right as it is")
    assert "Tick at least one" in said[0]
    intent.refresh_from_db()
    assert (intent.value, intent.accepted_by) == ("DEACTIVATED", None)


def test_nothing_leads_back_to_a_state_nobody_can_order(sim: Sim, operator: User, sign_in: SignIn) -> None:
    intent = IntentFactory(sim=sim, value="INVENTORY")
    assert "Nothing leads back" in post(sign_in(operator), "set-back", intent=[intent.pk])[0]
