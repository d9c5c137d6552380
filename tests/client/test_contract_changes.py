"""The changes of the contract, and faults, against the sandbox only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

import smarthub_client as sc
from smarthub_client import SmartHubClient, SmartHubError
from tests.support.sandbox import SandboxProcess

NOBODY = "1" * 20
pytestmark = pytest.mark.servers


def caught(call: Callable[[], object]) -> SmartHubError:
    with pytest.raises(SmartHubError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("size", [100, 7])
def test_a_sweep_reads_the_whole_fleet_once(
    client: SmartHubClient, sandbox: SandboxProcess, base: int, size: int
) -> None:
    sandbox.settings(page_base=base)
    fleet = [sim["giccid"] for sim in sandbox.fleet()]
    read = [sim["giccid"] for page in client.iter_sims(size=size) for sim in page.new]
    assert sorted(read) == sorted(fleet)
    assert len(set(read)) == len(read)


Change = Callable[[SmartHubClient, str, str], Any]
PACKAGE = "Monthly-Basic-30M"
CHANGES: dict[str, tuple[str, Change]] = {
    "activate": ("DEACTIVATED", lambda c, sim, rid: c.activate(sim, request_id=rid)),
    "suspend": ("ACTIVATED", lambda c, sim, rid: c.suspend(sim, request_id=rid)),
    "retire": ("DEACTIVATED", lambda c, sim, rid: c.retire(sim, request_id=rid)),
    "custom_fields_edit": (
        "ACTIVATED",
        lambda c, sim, rid: c.custom_fields_edit(sim, {"custom2": "车间"}, request_id=rid),
    ),
    "send_sms": ("ACTIVATED", lambda c, sim, rid: c.send_sms(sim, message_text="grüß €", request_id=rid)),
    "batch_activate": ("DEACTIVATED", lambda c, sim, rid: c.batch_activate([sim], request_id=rid)),
    "batch_suspend": ("ACTIVATED", lambda c, sim, rid: c.batch_suspend([sim], request_id=rid)),
    "batch_retire": ("DEACTIVATED", lambda c, sim, rid: c.batch_retire([sim], request_id=rid)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_has_exactly_one_effect_under_our_request_id(
    client: SmartHubClient, sandbox: SandboxProcess, take: Callable[[str], str], name: str
) -> None:
    status, change = CHANGES[name]
    giccid, request_id = take(status), f"contract-{name}"
    change(client, giccid, request_id)
    assert effects(sandbox, request_id) == [(name, giccid)]


def effects(sandbox: SandboxProcess, request_id: str) -> list[tuple[str, str]]:
    """Effects of one request; jobs act a moment later."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        found = [row for row in sandbox.ledger() if row["requestId"] == request_id]
        if found:
            return [(row["operation"], row["giccid"]) for row in found]
        time.sleep(0.05)
    return []


def packages_of(client: SmartHubClient, giccid: str) -> tuple[list[str], list[str]]:
    """Names of basic and supplementary packages of the account a SIM belongs to."""
    for account in client.enterprise().data["accounts"]:
        name = account["name"]
        if client.sim_list(account_name=name, giccids=[giccid]).data["data"]:
            offers = client.service_packages(name).data["data"]
            kinds = {
                kind: [o["name"] for o in offers if o["type"] == kind] for kind in ("BASIC", "SUPPLEMENTARY")
            }
            return kinds["BASIC"], kinds["SUPPLEMENTARY"]
    raise AssertionError("the SIM belongs to no account")


def test_plans_and_apns_of_a_sim_can_be_changed(
    client: SmartHubClient, sandbox: SandboxProcess, take: Callable[[str], str]
) -> None:
    giccid = take("ACTIVATED")
    basic, supplementary = packages_of(client, giccid)
    (apn, *_) = client.sim_detail(giccid).data["apnList"] or []
    client.basic_plan(giccid, basic_service_package_name=basic[-1], request_id="contract-basic")
    client.supplementary_plan(giccid, service_package_name=supplementary[0], request_id="contract-more")
    client.apn_status(giccid, apn_name=str(apn["apnName"]), apn_status="CLOSED", request_id="contract-apn")
    client.batch_basic_plan([giccid], basic_service_package_name=basic[0], request_id="contract-batch")
    sim = client.sim_detail(giccid).data
    assert (sim["apnList"] or [])[0]["apnStatus"] == "CLOSED"
    extra = sim["currentSupplementaryServicePackages"] or []
    assert [package["name"] for package in extra] == [supplementary[0]]
    for request_id, operation in {
        "contract-basic": "basic_plan", "contract-more": "supplementary_plan", "contract-apn": "apn_status",
        "contract-batch": "batch_basic_plan",
    }.items():  # fmt: skip
        assert effects(sandbox, request_id) == [(operation, giccid)]


def test_custom_fields_keep_what_was_not_changed(client: SmartHubClient, take: Callable[[str], str]) -> None:
    giccid = take("ACTIVATED")
    client.custom_fields_edit(giccid, {"custom1": "a", "custom5": "e"})
    client.custom_fields_edit(giccid, {"custom5": ""})
    fields = client.custom_fields_read(giccid).data
    assert (fields["custom1"], fields["custom5"]) == ("a", "")


def test_a_job_tells_each_sims_outcome(client: SmartHubClient, take: Callable[[str], str]) -> None:
    good, bad = take("ACTIVATED"), take("RETIRED")
    job_id = client.batch_suspend([good, bad, NOBODY]).data["jobId"]
    deadline = time.monotonic() + 5
    outcomes: dict[str, str] = {}
    while (time.monotonic() < deadline and set(outcomes.values()) - {"SUCCESS", "FAILED"}) or not outcomes:
        outcomes = {
            task["giccid"]: task["status"]
            for page in client.iter_job_tasks(job_id, size=2)
            for task in page.new
        }
    assert outcomes == {good: "SUCCESS", bad: "FAILED", NOBODY: "FAILED"}


def test_an_sms_is_accepted_and_then_delivered(client: SmartHubClient, take: Callable[[str], str]) -> None:
    giccid = take("ACTIVATED")
    handle = client.send_sms(giccid, message_text="hello").data
    assert handle["status"] == "PENDING"
    sms = client.query_sms(handle["smsMsgId"]).data
    assert (sms["toGiccid"], sms["messageText"]) == (giccid, "hello")


def test_a_change_from_the_wrong_state_is_refused_by_code(
    client: SmartHubClient, sandbox: SandboxProcess, take: Callable[[str], str]
) -> None:
    giccid = take("ACTIVATED")
    before = len(sandbox.ledger())
    error = caught(lambda: client.retire(giccid))
    assert isinstance(error, sc.ValidationFailed)
    assert error.has_code("illegal_status")
    assert caught(lambda: client.send_sms(take("RETIRED"), message_text="x")).has_code("illegal_status")
    assert len(sandbox.ledger()) == before


FAULTS: dict[str, tuple[dict[str, Any], type[SmartHubError], str, bool]] = {
    # fault -> its parameters, class of the error, its kind, whether the platform acted all the same
    "drop_before": ({}, sc.ConnectionLost, "", False),
    "drop_after": ({}, sc.ConnectionLost, "", True),
    "delay": ({"seconds": 1}, sc.TimedOut, "", True),
    "truncate": ({}, sc.BadAnswer, "truncated", True),
    "html": ({"effect": True}, sc.BadAnswer, "html", True),
    "huge": ({}, sc.BadAnswer, "too_large", False),
    "redirect": ({"status": 302}, sc.BadAnswer, "redirect", False),
    "status": ({"status": 503}, sc.ServerError, "", False),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_leaves_a_change_unknown_and_it_is_sent_once(
    client: SmartHubClient, sandbox: SandboxProcess, take: Callable[[str], str], kind: str
) -> None:
    more, expected, bad_kind, has_acted = FAULTS[kind]
    giccid, request_id = take("ACTIVATED"), f"fault-{kind}"
    sandbox.faults([{"operation": "send_sms", "kind": kind, **more}])
    impatient = client.using(timeout=0.5)
    error = caught(lambda: impatient.send_sms(giccid, message_text="x", request_id=request_id))
    assert isinstance(error, expected)
    assert getattr(error, "kind", "") == bad_kind
    assert (error.outcome_unknown, error.retryable) == (True, False)
    assert [fault["fired"] for fault in sandbox.faults()] == [1], "the change was sent once"
    if has_acted:
        assert effects(sandbox, request_id) == [("send_sms", giccid)]
    else:
        assert request_id not in {row["requestId"] for row in sandbox.ledger()}


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status"])
def test_a_read_gets_through_two_faults(client: SmartHubClient, sandbox: SandboxProcess, kind: str) -> None:
    more = FAULTS[kind][0]
    sandbox.faults([{"operation": "enterprise", "kind": kind, "probability": 1, "count": 2, **more}])
    assert client.enterprise().attempts == 3
