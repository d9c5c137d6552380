from typing import Any

import pytest
import requests

from tests.sandbox.caller import Caller
from tests.support.sandbox import DEFAULT_SETTINGS, SandboxProcess


def _put(sandbox: SandboxProcess, path: str, body: Any, method: str = "PUT") -> requests.Response:
    headers = {"X-Control-Token": sandbox.control_token}
    return requests.request(method, f"{sandbox.origin}/control/{path}", json=body, headers=headers, timeout=5)


@pytest.mark.parametrize("path", ["ledger", "faults", "settings", "fleet", "pushes", "push-targets"])
@pytest.mark.parametrize("headers", [{}, {"X-Control-Token": "x"}, {"X-API-Key": "test-key"}])
def test_control_needs_its_own_token(sandbox: SandboxProcess, path: str, headers: dict[str, str]) -> None:
    for method in ("GET", "PUT", "POST"):
        answer = requests.request(method, f"{sandbox.origin}/control/{path}", headers=headers, timeout=5)
        assert answer.status_code == answer.json()["status"] == 401


def test_the_token_is_no_key(sandbox: SandboxProcess) -> None:
    headers = {"X-API-Key": sandbox.control_token, "X-Control-Token": sandbox.control_token}
    assert requests.get(f"{sandbox.base_url}/enterprise", headers=headers, timeout=5).status_code == 401


def test_settings_have_known_defaults_and_merge(sandbox: SandboxProcess) -> None:
    sandbox.settings(**DEFAULT_SETTINGS)
    assert sandbox.control("GET", "settings") == DEFAULT_SETTINGS
    assert sandbox.settings(page_base=1, sms_delay_s=0.5) == {
        **DEFAULT_SETTINGS,
        "page_base": 1,
        "sms_delay_s": 0.5,
    }


@pytest.mark.parametrize(
    "wanted",
    [
        {"nope": 1},
        {"page_base": 2},
        {"page_base": True},
        {"page_base": None},
        {"rate_limit": 1.5},
        {"rate_limit": -1},
        {"window_s": 0},
        {"window_s": "1"},
        {"reset_style": "soon"},
        {"reset_style": ["epoch"]},
        {"activation_delay_s": None},
        {"sms_delay_s": 1e300},
        {"job_delay_s": True},
        {"push_date_style": "when"},
        {"push_retry_s": 5},
        {"push_retry_s": [1, "2"]},
        {"push_retry_s": [-1]},
        {"push_retry_s": [0] * 21},
        {"push_timeout_s": 0},
        [],
        "x",
        None,
    ],
)
def test_a_setting_that_makes_no_sense_is_422_and_changes_nothing(
    sandbox: SandboxProcess, wanted: Any
) -> None:
    before = sandbox.control("GET", "settings")
    body = {"sms_delay_s": 9, **wanted} if isinstance(wanted, dict) else wanted
    answer = _put(sandbox, "settings", body)
    assert answer.status_code == 422 and answer.json()["detail"]
    assert sandbox.control("GET", "settings") == before


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        [1],
        [{}],
        [{"kind": "flood"}],
        [{"kind": "delay", "operation": "nope"}],
        [{"kind": "delay", "seconds": "1"}],
        [{"kind": "delay", "probability": 2}],
        [{"kind": "status", "status": 99}],
        [{"kind": "delay", "x": 1}],
        [{"kind": "delay", "count": -1}],
        [{"kind": "redirect", "location": "a\nb"}],
        [{"kind": ["delay"]}],
        [{"kind": "delay", "operation": ["x"]}],
        [{"kind": "html", "effect": 1}],
    ],
)
def test_a_fault_that_makes_no_sense_is_422_and_changes_nothing(sandbox: SandboxProcess, wanted: Any) -> None:
    sandbox.faults([{"operation": "activate", "kind": "delay"}])
    before = sandbox.faults()
    assert _put(sandbox, "faults", wanted).status_code == 422
    assert sandbox.faults() == before


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"x": 1},
        {"sims": -1},
        {"sims": "5"},
        {"giccid": "nobody", "set": {"status": "X"}},
        {"add": 0},
        {"sims": 10**9},
        {"seed": 1.5},
    ],
)
def test_a_fleet_request_that_makes_no_sense_is_422(sandbox: SandboxProcess, body: Any) -> None:
    assert _put(sandbox, "fleet", body, "POST").status_code == 422
    assert sandbox.control("GET", "fleet?limit=1")["total"] == 300


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"nope": 1},
        {"status": 1},
        {"usage": -1},
        {"package": "x"},
        {"apn": {}},
        {"apn": {"a": "AJAR"}},
        {"accountName": []},
        {"accountName": "x"},
        {"apn": {"a": []}},
        {"custom": [1]},
    ],
)
def test_a_value_a_sim_cannot_take_is_422(api: Caller, values: Any) -> None:
    giccid = api.one("ACTIVATED")
    before = api.sim(giccid)
    assert _put(api.sandbox, "fleet", {"giccid": giccid, "set": values}, "POST").status_code == 422
    assert api.sim(giccid) == before


def test_a_sim_changes_behind_everyones_back(api: Caller) -> None:
    giccid = api.one("INVENTORY")
    apn = api.sim(giccid)["apnList"][0]["apnName"]
    values = {"status": "MOON_PHASE", "imei": "123", "imsi": "456", "msisdn": "789", "usage": 12.5}
    api.sandbox.set_sim(giccid, **values, apn={apn: "CLOSED"})
    sim = api.sim(giccid)
    assert sim["status"] == "MOON_PHASE", "enumerations are open"
    assert sim["deviceInfo"][0] == {"imei": "123", "imsi": "456", "msisdn": "789"}
    assert sim["currentCycleUsages"]["dataUsage"] == 12.5
    assert sim["apnList"][0]["apnStatus"] == "CLOSED"
    assert api.sandbox.ledger() == [], "it is nobody's request"
    assert {log["type"] for log in api.get("/global-sims/changeLogs", giccid=giccid).json()["data"]} == {
        "LOCAL_STATUS",
        "IMEI_CHANGE",
    }


def test_a_silent_change_is_not_even_in_the_change_log(api: Caller) -> None:
    giccid = api.one("ACTIVATED")
    before = api.get("/global-sims/changeLogs").json()["total"]
    api.sandbox.control("POST", "fleet", {"giccid": giccid, "set": {"status": "DEACTIVATED"}, "silent": True})
    assert api.status(giccid) == "DEACTIVATED"
    assert api.get("/global-sims/changeLogs").json()["total"] == before


def test_a_package_can_be_set_and_taken_away(api: Caller) -> None:
    sim = api.get("/global-sims", accountName="华东智能电表", status="ACTIVATED").json()["data"][0]
    for name in ("Monthly-Basic-2G", "Monthly-Basic-30M"):
        api.sandbox.set_sim(sim["giccid"], package=name)
        assert api.sim(sim["giccid"])["currentBasicServicePackage"]["name"] == name
    api.sandbox.set_sim(sim["giccid"], package=None)
    assert api.sim(sim["giccid"])["currentBasicServicePackage"] is None


def test_a_deleted_sim_is_gone_everywhere_and_the_pages_close_up(api: Caller) -> None:
    before = [sim["giccid"] for sim in api.get("/global-sims", size=100).json()["data"]]
    api.sandbox.delete_sim(before[3])
    body = api.get("/global-sims", size=100).json()
    assert body["total"] == 299
    assert [sim["giccid"] for sim in body["data"]][:99] == before[:3] + before[4:]
    assert api.get(f"/global-sims/{before[3]}").status_code == 422


def test_added_sims_stand_at_the_end_of_the_list(api: Caller) -> None:
    added = api.sandbox.add_sims(3)
    body = api.get("/global-sims", page=3, size=100).json()
    assert body["total"] == 303 and [sim["giccid"] for sim in body["data"]] == added


def test_sims_added_after_a_deletion_of_the_last_are_new_ones(api: Caller) -> None:
    last = api.get("/global-sims", page=2, size=100).json()["data"][-1]["giccid"]
    api.sandbox.delete_sim(last)
    (added,) = api.sandbox.add_sims()
    assert api.get("/global-sims").json()["total"] == 300
    assert added != last


def test_the_whole_fleet_is_read_by_giccid_in_pieces(api: Caller) -> None:
    fleet = list(api.sandbox.iterate_fleet(limit=77))
    giccids = [sim["giccid"] for sim in fleet]
    assert giccids == sorted(set(giccids)) and len(giccids) == 300
    assert fleet == api.sandbox.fleet()
    assert api.sim(giccids[0])["deviceInfo"] == fleet[0]["deviceInfo"]


def test_a_wrong_method_is_405(sandbox: SandboxProcess) -> None:
    assert _put(sandbox, "ledger", {}).status_code == 405


def test_unreadable_json_is_422(sandbox: SandboxProcess) -> None:
    headers = {"X-Control-Token": sandbox.control_token}
    for path, method in (("settings", "PUT"), ("faults", "PUT"), ("fleet", "POST"), ("pushes", "POST")):
        url = f"{sandbox.origin}/control/{path}"
        assert requests.request(method, url, data=b"{", headers=headers, timeout=5).status_code == 422
