import re
from collections import Counter

import pytest

from tests.sandbox.caller import Caller
from tests.support.sandbox import SandboxProcess

HOME = {"46001", "45412", "31026", "23410", "26202", "20801", "44010", "21407", "24001", "52501"}


@pytest.fixture
def fleet(sandbox: SandboxProcess) -> list[dict]:
    sandbox.reset(sims=2000)
    return sandbox.fleet()


def test_the_same_seed_is_the_same_fleet_and_another_seed_another(sandbox: SandboxProcess) -> None:
    sandbox.settings(usage_step_s=0)
    fleets = []
    for seed in (1, 1, 2):
        sandbox.control("POST", "fleet", {"sims": 200, "seed": seed})
        fleets.append(sandbox.fleet())
    assert fleets[0] == fleets[1] != fleets[2]
    assert not {sim["giccid"] for sim in fleets[0]} & {sim["giccid"] for sim in fleets[2]}


def test_a_smaller_fleet_is_the_beginning_of_a_larger(api: Caller) -> None:
    first = [sim["giccid"] for sim in api.get("/global-sims", size=100).json()["data"]]
    api.sandbox.reset(sims=1000)
    assert [sim["giccid"] for sim in api.get("/global-sims", size=100).json()["data"]] == first


def test_card_numbers_look_right_and_are_unique(fleet: list[dict]) -> None:
    giccids = [sim["giccid"] for sim in fleet]
    assert len(set(giccids)) == 2000
    assert all(re.fullmatch(r"89\d{17,18}", giccid) for giccid in giccids)
    assert {len(giccid) for giccid in giccids} == {19, 20}


def test_devices_have_valid_imeis_real_prefixes_and_up_to_three_identities(fleet: list[dict]) -> None:
    counts = Counter(len(sim["deviceInfo"]) for sim in fleet)
    assert set(counts) == {1, 2, 3} and counts[1] > counts[2] > counts[3]
    for sim in fleet:
        assert sim["deviceInfo"][0]["imsi"][:5] in HOME
        for device in sim["deviceInfo"]:
            assert _is_luhn(device["imei"]) and len(device["imei"]) == len(device["imsi"]) == 15
            assert re.fullmatch(r"[1-9]\d{9,14}", device["msisdn"])
    assert {device["imsi"][:3] for sim in fleet for device in sim["deviceInfo"]} >= {
        "460",
        "454",
        "310",
        "204",
    }


def _is_luhn(digits: str) -> bool:
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def test_statuses_mix_believably(fleet: list[dict]) -> None:
    counts = Counter(sim["status"] for sim in fleet)
    assert set(counts) == {"TEST_READY", "ACTIVATE_READY", "INVENTORY", "ACTIVATED", "DEACTIVATED", "RETIRED"}
    assert 0.65 < counts["ACTIVATED"] / 2000 < 0.75
    assert min(counts.values()) > 40


def test_time_and_package_exist_exactly_when_a_sim_was_activated(fleet: list[dict]) -> None:
    for sim in fleet:
        was_active = sim["status"] in ("ACTIVATED", "DEACTIVATED", "RETIRED")
        assert (sim["activatedTime"] is not None) is was_active
        assert (sim["currentBasicServicePackage"] is not None) is was_active
        if was_active:
            package = sim["currentBasicServicePackage"]
            assert sim["sellTime"] <= sim["activatedTime"] <= package["startTime"] < package["endTime"]


def test_every_sim_has_one_to_three_apns_mostly_open(fleet: list[dict]) -> None:
    assert {len(sim["apnList"]) for sim in fleet} == {1, 2, 3}
    states = Counter(apn["apnStatus"] for sim in fleet for apn in sim["apnList"])
    assert 0.05 < states["CLOSED"] / sum(states.values()) < 0.3
    for sim in fleet:
        assert [apn["apn"] for apn in sim["currentCycleAPNUsagesList"]] == [
            a["apnName"] for a in sim["apnList"]
        ]


def test_some_sims_carry_supplements_and_custom_fields(api: Caller) -> None:
    sims = [api.sim(giccid) for giccid in api.pick("ACTIVATED", 100)]
    assert any("currentSupplementaryServicePackages" in sim for sim in sims)
    fields = [api.get(f"/global-sims/{sim['giccid']}/custom-field").json()["custom1"] for sim in sims]
    assert 0 < sum(value is not None for value in fields) < 50


def test_an_empty_fleet_is_a_fleet(api: Caller) -> None:
    api.sandbox.reset(sims=0)
    body = api.get("/global-sims").json()
    assert (body["data"], body["total"]) == ([], 0)
    for path in ("/share-pools", "/global-sims/statistics/country-code", "/account/华东智能电表"):
        assert api.get(path).status_code == 200
    assert len(api.sandbox.add_sims(2)) == 2
