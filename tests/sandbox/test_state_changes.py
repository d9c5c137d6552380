import time

import pytest

from tests.sandbox.caller import Caller, refusal, wait_until

ACTIONS = {"activate": "ACTIVATED", "deactivate": "DEACTIVATED", "retire": "RETIRED"}
ALLOWED = {
    ("TEST_READY", "activate"),
    ("ACTIVATE_READY", "activate"),
    ("INVENTORY", "activate"),
    ("DEACTIVATED", "activate"),
    ("ACTIVATED", "deactivate"),
    ("DEACTIVATED", "retire"),
}
STATUSES = ("TEST_READY", "ACTIVATE_READY", "INVENTORY", "ACTIVATED", "DEACTIVATED", "RETIRED")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", STATUSES)
def test_only_the_allowed_changes_are_accepted(api: Caller, status: str, action: str) -> None:
    giccid = api.one(status)
    answer = api.post(f"/global-sims/{giccid}/{action}")
    if (status, action) in ALLOWED:
        assert (answer.status_code, answer.json()) == (200, {})
        assert api.status(giccid) == ACTIONS[action]
        return
    assert refusal(answer) == (422, "status", "illegal_status")
    assert answer.json()["errors"][0]["message"]
    assert api.status(giccid) == status and api.sandbox.ledger() == []


def test_a_change_shows_only_when_it_is_due(api: Caller) -> None:
    api.sandbox.settings(activation_delay_s=0.5)
    giccid, started = api.one("ACTIVATED"), time.monotonic()
    api.post(f"/global-sims/{giccid}/deactivate")
    logs = api.get("/global-sims/changeLogs", giccid=giccid).json()["total"]
    assert api.status(giccid) == "ACTIVATED"
    assert len(api.sandbox.ledger()) == 1, "the effect is recorded when it is accepted"
    wait_until(lambda: api.status(giccid) == "DEACTIVATED")
    assert time.monotonic() - started >= 0.5
    newest = api.get("/global-sims/changeLogs", giccid=giccid).json()
    assert newest["total"] == logs + 1
    assert (newest["data"][0]["original"], newest["data"][0]["target"]) == ("ACTIVATED", "DEACTIVATED")


def test_the_same_request_twice_is_two_effects(api: Caller) -> None:
    api.sandbox.settings(activation_delay_s=0.3)
    giccid = api.one("INVENTORY")
    for number in range(2):
        headers = {"X-Request-ID": f"try-{number}"}
        assert api.call("POST", f"/global-sims/{giccid}/activate", headers=headers).status_code == 200
    rows = [(r["operation"], r["giccid"], r["requestId"]) for r in api.sandbox.ledger()]
    assert rows == [("activate", giccid, "try-0"), ("activate", giccid, "try-1")]


def test_a_first_activation_brings_time_and_package(api: Caller) -> None:
    giccid = api.one("TEST_READY")
    api.post(f"/global-sims/{giccid}/activate")
    sim = api.sim(giccid)
    assert sim["activatedTime"] is not None
    assert "-Basic-" in sim["currentBasicServicePackage"]["name"]


def test_a_change_overtaken_by_another_leaves_a_failed_log(api: Caller) -> None:
    api.sandbox.settings(activation_delay_s=0.2)
    giccid = api.one("DEACTIVATED")
    api.post(f"/global-sims/{giccid}/activate")
    api.post(f"/global-sims/{giccid}/retire")
    wait_until(lambda: api.status(giccid) == "ACTIVATED")
    wait_until(lambda: _newest(api, giccid)["target"] == "RETIRED")
    assert _newest(api, giccid)["status"] == "FAILED"


def _newest(api: Caller, giccid: str) -> dict[str, str]:
    return dict(api.get("/global-sims/changeLogs", giccid=giccid).json()["data"][0])


@pytest.mark.parametrize("action", ACTIONS)
def test_an_unknown_sim_is_missing(api: Caller, action: str) -> None:
    assert refusal(api.post(f"/global-sims/1/{action}")) == (422, "giccid", "missing")


def test_status_lists_and_counts_follow_a_change_at_once(api: Caller) -> None:
    giccid = api.one("ACTIVATED")
    before = api.get("/global-sims", status="DEACTIVATED").json()["total"]
    api.post(f"/global-sims/{giccid}/deactivate")
    after = api.get("/global-sims", status="DEACTIVATED", size=100).json()
    assert after["total"] == before + 1 and giccid in [sim["giccid"] for sim in after["data"]]
    names = [account["name"] for account in api.get("/enterprise").json()["accounts"]]
    counts = [api.get(f"/account/{name}").json()["simStatusCounts"].get("DEACTIVATED", 0) for name in names]
    assert sum(counts) == before + 1
