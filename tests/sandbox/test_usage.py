import time

import pytest

from tests.sandbox.caller import Caller
from tests.support.sandbox import SandboxProcess

QUOTAS = {"10M": 10, "30M": 30, "50M": 50, "100M": 100, "200M": 200, "1G": 1024, "2G": 2048}


def _usages(sandbox: SandboxProcess) -> dict[str, float]:
    return {sim["giccid"]: sim["currentCycleUsages"]["dataUsage"] for sim in sandbox.fleet()}


def test_apn_usages_sum_exactly_to_the_total(sandbox: SandboxProcess) -> None:
    for sim in sandbox.fleet():
        parts = sum(round(apn["dataUsage"] * 1000) for apn in sim["currentCycleAPNUsagesList"])
        assert parts == round(sim["currentCycleUsages"]["dataUsage"] * 1000)


def test_a_few_in_a_hundred_are_near_or_over_their_quota(sandbox: SandboxProcess) -> None:
    sandbox.reset(sims=3000)
    sandbox.settings(usage_step_s=0)
    active = [sim for sim in sandbox.fleet() if sim["status"] == "ACTIVATED"]
    shares = [
        sim["currentCycleUsages"]["dataUsage"]
        / QUOTAS[sim["currentBasicServicePackage"]["name"].split("-")[-1]]
        for sim in active
    ]
    assert 0.02 < sum(share > 0.78 for share in shares) / len(shares) < 0.09
    assert 0.02 < sorted(shares)[len(shares) // 2] < 0.3
    assert max(shares) > 1


def test_usage_grows_in_steps_for_all_sims_at_once(sandbox: SandboxProcess) -> None:
    sandbox.settings(usage_step_s=2)
    time.sleep(2.05 - time.time() % 2)  # the beginning of a step
    first, again = _usages(sandbox), _usages(sandbox)
    assert again == first
    time.sleep(2.05 - time.time() % 2)
    later = _usages(sandbox)
    assert all(later[giccid] >= first[giccid] for giccid in first)
    assert sum(later.values()) > sum(first.values())


def test_step_zero_freezes_usage(sandbox: SandboxProcess) -> None:
    sandbox.settings(usage_step_s=0)
    first = _usages(sandbox)
    time.sleep(1.1)
    assert _usages(sandbox) == first and sum(first.values()) > 0


def test_only_activated_sims_use_data(api: Caller) -> None:
    for status in ("TEST_READY", "ACTIVATE_READY", "INVENTORY"):
        assert api.sim(api.one(status))["currentCycleUsages"]["dataUsage"] == 0
    giccid = api.one("ACTIVATED")
    api.post(f"/global-sims/{giccid}/deactivate")
    api.sandbox.settings(usage_step_s=1)
    first = api.sim(giccid)["currentCycleUsages"]
    time.sleep(1.2)
    assert api.sim(giccid)["currentCycleUsages"] == first


@pytest.mark.parametrize("usage", [0, 3, 10240.125])
def test_control_can_fix_a_sims_usage_and_let_it_go(api: Caller, usage: float) -> None:
    giccid = api.one("ACTIVATED")
    before = api.sim(giccid)["currentCycleUsages"]["dataUsage"]
    api.sandbox.set_sim(giccid, usage=usage)
    assert api.sim(giccid)["currentCycleUsages"]["dataUsage"] == usage
    api.sandbox.set_sim(giccid, usage=None)
    assert api.sim(giccid)["currentCycleUsages"]["dataUsage"] >= before
