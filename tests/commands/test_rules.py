"""Rules for changes: who writes them, and that nothing undocumented leaves unless somebody vouches for it.

Aims at: `is_sure` always true, the client told `sandbox=True`, the read before a supplementary plan not held back, the
tick not asked for, the withdrawal not written.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from django.test import Client

from commands import execute, making, rule_changes
from commands.making import Source
from commands.models import Attempt, Command, Plan, Rules, State
from commands.refusals import Refused
from enterprise import connections
from enterprise.models import Account, Enterprise
from smarthub_client.endpoints import OPERATIONS
from staff.models import AuditEvent, User
from tests.command_factories import CommandFactory, PlanFactory
from tests.conftest import SignIn
from tests.factories import BASE_URL, SimFactory

pytestmark = pytest.mark.django_db
RULES = {"approval_over": "50", "approval_hours": "8", "cooling_hours": "0", "stop_percent": "10"}
PARAMS: dict[str, dict[str, str]] = {
    "basic_plan": {"package": "IoT 200 MB"},
    "supplementary_plan": {"package": "Extra"},
    "apn_status": {"apn": "iot.example", "status": "CLOSED"},
    "custom_fields": {"custom1": "x"},
}
UNSETTLED = ("activate", "basic_plan", "supplementary_plan", "apn_status")
"""Kinds for which no way is documented."""


class OpenGate:
    """No budget is asked."""

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        pass

    def gate(self, _operation: str) -> None:
        pass

    def on_reply(self, *_args: object) -> None:
        pass

    def on_failure(self, *_args: object) -> None:
        pass


@pytest.fixture
def real(
    enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch, smarthub: responses.RequestsMock
) -> Iterator[responses.RequestsMock]:
    """A connection to a real host, whose every request is caught."""
    monkeypatch.setattr(connections, "Gatekeeper", OpenGate)
    monkeypatch.setattr("commands.queueing.wake_workers", lambda _name: None)
    yield smarthub


def make(person: User, account: Account, kind: str) -> Plan:
    sim = SimFactory(account=account, status="DEACTIVATED" if kind in ("activate", "retire") else "ACTIVATED")
    return making.make(
        person,
        account.enterprise,
        kind_name=kind,
        params=PARAMS.get(kind, {}),
        source=Source(giccids=(sim.giccid,)),
        form_uid=uuid.uuid4(),
    )


def queued(account: Account, kind: str) -> Command:
    sim = SimFactory(account=account, status="DEACTIVATED" if kind in ("activate", "retire") else "ACTIVATED")
    plan = PlanFactory(
        enterprise=account.enterprise, kind=kind, params=PARAMS.get(kind, {}), state=Plan.State.RUNNING
    )
    return CommandFactory(sim=sim, plan=plan, state=State.QUEUED)


def dispatched(command: Command) -> Command:
    execute.dispatch(command.enterprise_id)
    command.refresh_from_db()
    return command


def vouch(admin: User, enterprise: Enterprise, operation: str, *, is_confirmed: bool = True) -> None:
    rule_changes.confirm(admin, enterprise, operation, note="Ms Li, by phone", is_confirmed=is_confirmed)
    enterprise.refresh_from_db()


# --- what leaves


@pytest.mark.parametrize("kind", UNSETTLED)
def test_no_plan_is_made_of_what_nobody_vouches_for(
    real: responses.RequestsMock, operator: User, account: Account, kind: str
) -> None:
    with pytest.raises(Refused, match="does not document this change"):
        make(operator, account, kind)
    assert Plan.objects.count() == 0
    assert len(real.calls) == 0


@pytest.mark.parametrize("kind", UNSETTLED)
def test_a_confirmation_taken_back_after_planning_stops_what_is_queued(
    real: responses.RequestsMock, operator: User, admin: User, account: Account, kind: str
) -> None:
    vouch(admin, account.enterprise, kind)
    assert make(operator, account, kind).state == Plan.State.DRAFT
    command = queued(account, kind)
    vouch(admin, account.enterprise, kind, is_confirmed=False)
    command = dispatched(command)
    assert (command.state, command.why) == (State.REJECTED, "unconfirmed")
    assert len(real.calls) == 0, "not even a read leaves"
    assert Attempt.objects.count() == 0


def test_what_somebody_vouches_for_is_sent(
    real: responses.RequestsMock, operator: User, admin: User, account: Account
) -> None:
    vouch(admin, account.enterprise, "activate")
    assert make(operator, account, "activate").changing == 1
    command = queued(account, "activate")
    real.post(f"{BASE_URL}/global-sims/{command.giccid}/activate", json={"giccid": command.giccid})
    assert dispatched(command).state == State.ACKED


def test_a_single_suspension_goes_as_a_documented_batch_of_one(
    real: responses.RequestsMock, operator: User, account: Account
) -> None:
    assert make(operator, account, "suspend").changing == 1
    command = queued(account, "suspend")
    real.post(f"{BASE_URL}/batchJobs/global-sims/deactivate", json={"jobId": "j1"})
    assert dispatched(command).state == State.ACKED
    assert [call.request.url for call in real.calls] == [f"{BASE_URL}/batchJobs/global-sims/deactivate"]
    assert command.job is not None and command.job.remote_id == "j1"


@pytest.mark.parametrize(
    ("kind", "method", "path"),
    [("retire", "POST", "retire"), ("custom_fields", "PUT", "custom-field")],
)
def test_what_is_documented_needs_nobody(
    real: responses.RequestsMock, operator: User, account: Account, kind: str, method: str, path: str
) -> None:
    assert make(operator, account, kind).changing == 1
    command = queued(account, kind)
    url = f"{BASE_URL}/global-sims/{command.giccid}/{path}"
    fields: dict[str, Any] = {f"custom{n}": None for n in range(1, 6)}
    real.get(url, json=fields)
    real.add(method, url, status=200, json=fields)
    assert dispatched(command).state == State.ACKED
    assert [call.request.method for call in real.calls if call.request.method != "GET"] == [method]


def test_on_a_sandbox_everything_is_allowed(
    real: responses.RequestsMock, operator: User, account: Account
) -> None:
    Enterprise.objects.update(is_sandbox=True)
    account.refresh_from_db()
    assert [make(operator, account, kind).changing for kind in UNSETTLED] == [1, 1, 1, 1]
    assert all(line.may for line in rule_changes.lines(account.enterprise))


# --- who says so


def test_every_operation_that_changes_something_is_listed_with_its_mark(enterprise: Enterprise) -> None:
    told = {line.operation.name: (line.is_documented, line.may) for line in rule_changes.lines(enterprise)}
    documented = {"custom_fields_edit", "retire", "batch_suspend", "send_sms"}
    assert told == {
        name: (name in documented, name in documented) for name, row in OPERATIONS.items() if row.mutating
    }
    assert set(rule_changes.LABELS) == set(told)


def confirm(browser: Client, **more: str) -> list[str]:
    data = {"operation": "suspend", "told": "1", "note": "Ms Li, by phone"} | more
    reply = browser.post("/commands/rules/confirm/", data, follow=True)
    assert reply.status_code == 200
    return [str(message) for message in reply.context["messages"]]


def test_an_administrator_vouches_with_tick_and_note(
    admin: User, enterprise: Enterprise, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    assert confirm(browser) == ["It is noted, and in the audit trail."]
    confirm(browser)
    enterprise.refresh_from_db()
    assert enterprise.confirmed_operations == ["suspend"]
    event = AuditEvent.objects.get()
    assert (event.deed, event.about, event.actor_id) == ("operation.confirm", enterprise.name, admin.pk)
    assert event.detail == {
        "operation": "suspend",
        "path": "POST /global-sims/{giccid}/deactivate",
        "is_confirmed": True,
        "note": "Ms Li, by phone",
    }
    assert b"Ms Li, by phone" in browser.get("/commands/rules/").content
    confirm(browser, withdraw="1", told="", note="Wrong after all")
    enterprise.refresh_from_db()
    assert enterprise.confirmed_operations == []
    assert [event.detail["is_confirmed"] for event in AuditEvent.objects.all()] == [False, True]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"told": ""}, "Tick that SmartHub confirmed"),
        ({"note": ""}, "Say who at SmartHub told you"),
        ({"note": "  \t "}, "Say who at SmartHub told you"),
        ({"note": "x\0y"}, "Null characters"),
        ({"operation": "retire"}, "needs nobody to vouch"),
        ({"operation": "sim_list"}, "needs nobody to vouch"),
        ({"operation": "root'; --"}, "needs nobody to vouch"),
        ({"operation": ""}, "required"),
    ],
)
def test_nothing_is_vouched_for_by_halves(
    admin: User, enterprise: Enterprise, sign_in: SignIn, more: dict[str, str], says: str
) -> None:
    assert says in " ".join(confirm(sign_in(admin), **more))
    enterprise.refresh_from_db()
    assert enterprise.confirmed_operations == []
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("address", ["/commands/rules/save/", "/commands/rules/confirm/"])
def test_an_approver_reads_but_does_not_write(
    approver: User, enterprise: Enterprise, sign_in: SignIn, address: str
) -> None:
    browser = sign_in(approver)
    page = browser.get("/commands/rules/").content.decode()
    assert 'name="approval_over"' not in page and "/commands/rules/confirm/" not in page
    data = RULES | {"operation": "suspend", "told": "1", "note": "Ms Li"}
    assert browser.post(address, data).status_code == 403
    enterprise.refresh_from_db()
    assert (Rules.objects.count(), enterprise.confirmed_operations) == (0, [])


def test_the_rules_are_saved_and_what_changed_is_recorded(
    admin: User, enterprise: Enterprise, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    for _twice in range(2):
        assert browser.post("/commands/rules/save/", RULES).status_code == 302
    rules = making.rules_of(enterprise)
    assert [getattr(rules, name) for name in rule_changes.NAMES] == [50, 8, 0, 10]
    event = AuditEvent.objects.get()
    assert (event.deed, event.about) == ("rules.change", enterprise.name)
    assert event.detail["changes"] == {
        "approval_over": [100, 50],
        "approval_hours": [24, 8],
        "cooling_hours": [24, 0],
        "stop_percent": [5, 10],
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"stop_percent": "0"},
        {"stop_percent": "101"},
        {"approval_hours": "0"},
        {"approval_over": "-1"},
        {"approval_over": "1000001"},
        {"cooling_hours": "x"},
        {"cooling_hours": ""},
        {"cooling_hours": "721"},
    ],
)
def test_rules_that_make_no_sense_are_refused(
    admin: User, enterprise: Enterprise, sign_in: SignIn, wrong: dict[str, str]
) -> None:
    reply = sign_in(admin).post("/commands/rules/save/", RULES | wrong)
    assert reply.status_code == 422
    assert list(reply.context["form"].errors) == list(wrong)
    assert (Rules.objects.count(), AuditEvent.objects.count()) == (0, 0)


def test_the_rules_of_an_enterprise_are_its_own(
    admin: User, enterprise: Enterprise, foreign_enterprise: Enterprise, sign_in: SignIn
) -> None:
    sign_in(admin).post("/commands/rules/save/", RULES)
    assert making.rules_of(enterprise).approval_over == 50
    assert making.rules_of(foreign_enterprise).approval_over == 100
