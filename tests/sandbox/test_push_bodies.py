"""What each kind says, on demand: field by field as in the contract, true where it can be read back."""

import hashlib
import time
from typing import Any

import pytest

from sandbox.pushes import bodies
from sandbox.times import from_text
from tests.sandbox.caller import Caller
from tests.sandbox.receiver import Received, Receiver

PREPAID = "Pacific Vending"
FIELDS = {
    "mo-sms": ["smsMsgId", "giccid", "fromMsisdn", "toMsisdn", "messageText", "createdTime"],
    "mt-sms-status": ["smsMsgId", "giccid", "status", "updatedTime"],
    "cycle-usage": ["giccid", "usageType", "threshold", "usage", "basicServicePackageName", "createdTime"],
    "imei-change": ["giccid", "original", "target", "createdTime"],
    "no-session": ["giccid", "lastSessionTime", "days", "createdTime"],
    "prepaid-expired": ["giccid", "servicePackageName", "startTime", "endTime", "createdTime"],
    "prepaid-traffic": ["giccid", "servicePackageName", "threshold", "dataUsage", "createdTime"],
    "sim-status": ["giccid", "original", "target", "createdTime"],
    "apn-status": ["giccid", "apnName", "original", "target", "createdTime"],
}


def test_the_signature_is_the_contracts_vector() -> None:
    expected = "58210277eeea982589a3f2c5711ce5ac23a866298d77fcb5c30bb1e0aa9c345f"
    assert bodies.signature("UzE4MDkxNDA2MTE1M", 1725499848) == expected


def _signed_by(received: Received, key: str, seconds: int) -> bool:
    return bool(received.body["signature"] == hashlib.sha256(f"{key}{seconds}".encode()).hexdigest())


def _order(pushing: Caller, receiver: Receiver, kind: str, **order: Any) -> Received:
    receiver.clear()
    pushing.sandbox.push(kind, delay=0, **order)
    (received,) = receiver.wait_for(1)
    return received


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize("forged", [False, "body"])
def test_each_kind_has_the_contracts_fields_and_a_fresh_signature(
    pushing: Caller, receiver: Receiver, kind: str, forged: bool | str
) -> None:
    received = _order(pushing, receiver, kind, forged=forged)
    assert received.kind == kind and received.headers["Content-Type"] == "application/json"
    assert list(received.body) == [*FIELDS[kind], "signature", "datePush"]
    assert abs(received.body["datePush"] - received.at) < 2
    assert _signed_by(received, "test-push-key", received.body["datePush"])
    at = received.body["updatedTime" if kind == "mt-sms-status" else "createdTime"]
    assert abs(from_text(at) - time.time()) < 5


@pytest.mark.parametrize(
    ("style", "read"),
    [
        ("number", lambda sent: sent if type(sent) is int else 0),
        ("digits", lambda sent: int(sent) if type(sent) is str else 0),
        ("ms", lambda sent: sent // 1000 if type(sent) is int and len(str(sent)) == 13 else 0),
        ("iso", lambda sent: from_text(sent) if sent.endswith("+0000") else 0),
    ],
)
def test_the_date_comes_in_all_four_forms(pushing: Caller, receiver: Receiver, style: str, read: Any) -> None:
    pushing.sandbox.settings(push_date_style=style)
    received = _order(pushing, receiver, "mo-sms")
    seconds = read(received.body["datePush"])
    assert abs(seconds - received.at) < 2 and _signed_by(received, "test-push-key", seconds)


def test_mixed_uses_every_form(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.settings(push_date_style="mixed")
    pushing.sandbox.push("mo-sms", count=8, delay=0)
    dates = [received.body["datePush"] for received in receiver.wait_for(8)]
    assert len({(type(date), len(str(date))) for date in dates}) == 4


def test_a_state_told_is_the_state_read_and_a_lie_is_not(pushing: Caller, receiver: Receiver) -> None:
    giccid = pushing.one("DEACTIVATED")
    told = _order(pushing, receiver, "sim-status", giccid=giccid).claim
    assert (told["giccid"], told["original"], told["target"]) == (giccid, "ACTIVATED", "DEACTIVATED")
    lie = _order(pushing, receiver, "sim-status", giccid=giccid, forged="body").claim
    assert lie["target"] != "DEACTIVATED" == pushing.status(giccid)


def test_an_apn_told_is_the_apn_read_and_a_lie_is_not(pushing: Caller, receiver: Receiver) -> None:
    for forged in (False, "body"):
        told = _order(pushing, receiver, "apn-status", forged=forged).claim
        states = {apn["apnName"]: apn["apnStatus"] for apn in pushing.sim(told["giccid"])["apnList"]}
        assert {told["original"], told["target"]} == {"OPEN", "CLOSED"}
        assert (states[told["apnName"]] == told["target"]) is (not forged)


def test_an_imei_told_is_the_imei_read_and_a_lie_is_not(pushing: Caller, receiver: Receiver) -> None:
    for forged, place in ((False, "target"), ("body", "original")):
        told = _order(pushing, receiver, "imei-change", forged=forged).claim
        assert told[place] == pushing.sim(told["giccid"])["deviceInfo"][0]["imei"]
        assert told["original"] != told["target"]


def test_usage_told_is_the_usage_read_and_a_lie_is_not(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.settings(usage_step_s=0)
    for kind, name in (("cycle-usage", "usage"), ("prepaid-traffic", "dataUsage")):
        for forged in (False, "body"):
            told = _order(pushing, receiver, kind, forged=forged).claim
            sim = pushing.sim(told["giccid"])
            assert (told[name] == sim["currentCycleUsages"]["dataUsage"]) is (not forged)
            assert told["threshold"] <= told[name]
            package = told.get("basicServicePackageName") or told["servicePackageName"]
            assert package == sim["currentBasicServicePackage"]["name"]


def test_a_prepaid_push_is_about_a_prepaid_sim(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.push("prepaid-expired", count=20, delay=0)
    for received in receiver.wait_for(20):
        package = pushing.sim(received.claim["giccid"])["currentBasicServicePackage"]
        assert package["name"] == received.claim["servicePackageName"] and package["name"].startswith(
            "Prepaid"
        )
        assert package["startTime"] == received.claim["startTime"]
        assert package["endTime"] == received.claim["endTime"]
    lie = _order(pushing, receiver, "prepaid-expired", forged="body").claim
    assert lie["endTime"] < lie["createdTime"]


def test_a_message_told_of_can_be_queried_and_a_lie_is_found_out(pushing: Caller, receiver: Receiver) -> None:
    for forged, told in ((False, "DELIVERED"), ("body", "FAILED")):
        claim = _order(pushing, receiver, "mt-sms-status", forged=forged).claim
        read = pushing.get(f"/mt-sms/{claim['smsMsgId']}").json()
        assert claim["status"] == told and read["status"] == "DELIVERED"
        assert read["toGiccid"] == claim["giccid"]
    assert pushing.sandbox.ledger() == [], "nobody asked for these messages"


def test_a_device_speaks_from_its_own_number(pushing: Caller, receiver: Receiver) -> None:
    told = _order(pushing, receiver, "mo-sms").claim
    assert told["fromMsisdn"] == pushing.sim(told["giccid"])["deviceInfo"][0]["msisdn"]
