"""Changes tell of themselves, when they take effect, if their kind has a target."""

import time
from typing import Any

import pytest

from tests.sandbox.caller import Caller, wait_until
from tests.sandbox.receiver import Received, Receiver

POSTPAID, PREPAID = "华东智能电表", "Pacific Vending"


def _only(receiver: Receiver, kind: str) -> dict[str, Any]:
    (received,) = receiver.wait_for(1)
    time.sleep(0.15)
    assert [one.kind for one in receiver.received] == [kind], "and nothing else"
    return received.claim


def _facts(claim: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(claim[name] for name in names)


def test_a_change_is_told_of_when_it_takes_effect_without_a_request(
    pushing: Caller, receiver: Receiver
) -> None:
    pushing.sandbox.settings(activation_delay_s=0.6)
    giccid = pushing.one("ACTIVATED")
    started = time.time()
    pushing.post(f"/global-sims/{giccid}/deactivate")
    claim = _only(receiver, "sim-status")
    assert 0.55 < receiver.received[0].at - started < 2
    assert _facts(claim, "giccid", "original", "target") == (giccid, "ACTIVATED", "DEACTIVATED")
    assert pushing.status(giccid) == "DEACTIVATED"


def test_a_batch_tells_of_each_sim_it_changed_and_of_no_other(pushing: Caller, receiver: Receiver) -> None:
    good, bad = pushing.pick("ACTIVATED", 3), pushing.one("INVENTORY")
    pushing.post("/batchJobs/global-sims/deactivate", {"giccids": [*good, bad, "nobody"]})
    assert {one.claim["giccid"] for one in receiver.wait_for(3)} == set(good)
    wait_until(lambda: pushing.sandbox.control("GET", "pushes")["counts"]["delivered"] == 3)
    assert len(receiver.received) == 3


def test_a_change_refused_or_overtaken_is_not_told_of(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.settings(activation_delay_s=0.3)
    giccid = pushing.one("ACTIVATED")
    assert pushing.post(f"/global-sims/{pushing.one('RETIRED')}/activate").status_code == 422
    for _ in range(2):
        pushing.post(f"/global-sims/{giccid}/deactivate")
    assert _only(receiver, "sim-status")["giccid"] == giccid


def test_an_apn_change_is_told_of_and_a_repetition_is_not(pushing: Caller, receiver: Receiver) -> None:
    sims = pushing.get("/global-sims", status="ACTIVATED", size=100).json()["data"]
    giccid, apn = next((sim["giccid"], sim["apnList"][1]) for sim in sims if len(sim["apnList"]) > 1)
    other = {"OPEN": "CLOSED", "CLOSED": "OPEN"}[apn["apnStatus"]]
    for _ in range(2):
        body = {"apnName": apn["apnName"], "apnStatus": other}
        assert pushing.put(f"/global-sims/{giccid}/apn-status", body).status_code == 200
    claim = _only(receiver, "apn-status")
    assert _facts(claim, "giccid", "apnName", "original", "target") == (
        giccid,
        apn["apnName"],
        apn["apnStatus"],
        other,
    )


def test_an_imei_set_behind_everyones_back_is_told_of(pushing: Caller, receiver: Receiver) -> None:
    giccid = pushing.one("ACTIVATED")
    before = pushing.sim(giccid)["deviceInfo"][0]["imei"]
    pushing.sandbox.set_sim(giccid, imei="123456789012345")
    claim = _only(receiver, "imei-change")
    assert _facts(claim, "giccid", "original", "target") == (giccid, before, "123456789012345")


def test_one_setting_of_several_things_is_one_push_each(pushing: Caller, receiver: Receiver) -> None:
    giccid = pushing.one("ACTIVATED")
    apn = pushing.sim(giccid)["apnList"][0]
    other = {"OPEN": "CLOSED", "CLOSED": "OPEN"}[apn["apnStatus"]]
    pushing.sandbox.set_sim(giccid, status="MOON_PHASE", imei="1", imsi="2", apn={apn["apnName"]: other})
    told = sorted(one.kind for one in receiver.wait_for(3))
    assert told == ["apn-status", "imei-change", "sim-status"]


def test_an_imsi_or_a_custom_field_is_nobodys_news(pushing: Caller, receiver: Receiver) -> None:
    giccid = pushing.one("ACTIVATED")
    pushing.sandbox.set_sim(giccid, imsi="1", msisdn="2", po="3")
    pushing.put(f"/global-sims/{giccid}/custom-field", {"custom1": "x"})
    pushing.put(f"/global-sims/{giccid}/basicServicePackage", {"basicServicePackageName": "x"})
    time.sleep(0.2)
    assert pushing.sandbox.pushes() == receiver.received == []


def test_a_silent_change_is_not_told_of(pushing: Caller, receiver: Receiver) -> None:
    wanted = {"giccid": pushing.one("ACTIVATED"), "set": {"status": "RETIRED", "usage": 1e6}, "silent": True}
    pushing.sandbox.control("POST", "fleet", wanted)
    time.sleep(0.2)
    assert pushing.sandbox.pushes() == receiver.received == []


def test_a_message_is_told_of_when_its_outcome_is_reached(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.settings(sms_delay_s=0.6)
    giccid = pushing.one("ACTIVATED")
    started = time.time()
    sent = pushing.post("/mt-sms", {"toGiccid": giccid, "messageText": "x"}).json()["smsMsgId"]
    claim = _only(receiver, "mt-sms-status")
    assert 0.55 < receiver.received[0].at - started < 2
    assert _facts(claim, "smsMsgId", "giccid") == (sent, giccid)
    assert claim["status"] == pushing.get(f"/mt-sms/{sent}").json()["status"] != "PENDING"


@pytest.mark.parametrize(
    ("account", "kind", "name"),
    [(POSTPAID, "cycle-usage", "usage"), (PREPAID, "prepaid-traffic", "dataUsage")],
)
def test_usage_set_over_a_threshold_is_told_of_once_a_threshold(
    pushing: Caller, receiver: Receiver, account: str, kind: str, name: str
) -> None:
    sim = pushing.get("/global-sims", accountName=account, status="ACTIVATED").json()["data"][0]
    packages = pushing.get(f"/{account}/servicePackages").json()["data"]
    quota = {p["name"]: p["dataQuota"] for p in packages}[sim["currentBasicServicePackage"]["name"]]
    pushing.sandbox.set_sim(sim["giccid"], usage=0)
    for usage in (quota * 0.79, quota * 0.81, quota * 0.9, quota * 1.1):
        pushing.sandbox.set_sim(sim["giccid"], usage=usage)
    receiver.wait_for(2)
    wait_until(lambda: pushing.sandbox.control("GET", "pushes")["counts"]["pending"] == 0)
    told = sorted((one.claim["threshold"], one.claim[name]) for one in receiver.received)
    expected = [(quota * 0.8, quota * 0.81), (quota, quota * 1.1)]
    assert told == [pytest.approx(pair, abs=0.001) for pair in expected]
    assert {one.kind for one in receiver.received} == {kind}


def test_a_kind_without_a_target_is_not_kept(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.push_targets({"apn-status": receiver.urls["apn-status"]})
    giccid = pushing.one("ACTIVATED")
    pushing.sandbox.set_sim(giccid, status="DEACTIVATED", imei="1")
    pushing.post("/mt-sms", {"toGiccid": pushing.one("ACTIVATED"), "messageText": "x"})
    time.sleep(0.2)
    assert pushing.sandbox.pushes() == []
    pushing.sandbox.push_targets({})
    pushing.sandbox.set_sim(giccid, status="ACTIVATED")
    pushing.sandbox.push_targets(receiver.urls)
    time.sleep(0.2)
    assert pushing.sandbox.pushes() == receiver.received == []


def test_a_fresh_fleet_forgets_what_was_to_be_told(pushing: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda received: 503
    pushing.sandbox.set_sim(pushing.one("ACTIVATED"), status="DEACTIVATED")
    receiver.wait_for(1)
    pushing.sandbox.reset()
    assert pushing.sandbox.pushes() == []


def test_the_bodies_kept_are_the_bodies_sent(pushing: Caller, receiver: Receiver) -> None:
    pushing.sandbox.set_sim(pushing.one("ACTIVATED"), status="DEACTIVATED", imei="1")
    received: list[Received] = receiver.wait_for(2)
    wait_until(lambda: all(push["status"] == "delivered" for push in pushing.sandbox.pushes()))
    kept = pushing.sandbox.pushes()
    assert sorted((push["kind"], push["body"]["target"]) for push in kept) == sorted(
        (one.kind, one.claim["target"]) for one in received
    )
    assert all(push["body"] in [one.claim for one in received] for push in kept)
