from urllib.parse import quote

import pytest

from tests.sandbox.caller import Caller, refusal


def _accounts(api: Caller) -> list[dict[str, str]]:
    return list(api.get("/enterprise").json()["accounts"])


def test_the_enterprise_has_its_documented_keys_and_every_charge_type(api: Caller) -> None:
    body = api.get("/enterprise").json()
    assert list(body) == ["name", "accounts"] and 6 <= len(body["accounts"]) <= 8
    assert {tuple(account) for account in body["accounts"]} == {("name", "chargeType", "status")}
    assert {account["chargeType"] for account in body["accounts"]} == {"CHARGE", "PREPAID", "EXPERIENCE"}
    assert any(not account["name"].isascii() for account in body["accounts"])


def test_accounts_add_up_to_the_fleet(api: Caller) -> None:
    bodies = [api.get("/account/" + quote(account["name"], safe="")).json() for account in _accounts(api)]
    assert list(bodies[0]) == [
        "name", "chargeType", "status", "balance", "currentCycleCharge", "currency", "simTotal",
        "simStatusCounts",
    ]  # fmt: skip
    assert sum(body["simTotal"] for body in bodies) == 300
    assert all(sum(body["simStatusCounts"].values()) == body["simTotal"] for body in bodies)


def test_every_account_has_basic_and_supplementary_packages(api: Caller) -> None:
    for account in _accounts(api):
        packages = api.get(f"/{quote(account['name'], safe='')}/servicePackages").json()["data"]
        assert {package["type"] for package in packages} == {"BASIC", "SUPPLEMENTARY"}
        assert {package["chargeType"] for package in packages} == {account["chargeType"]}
        assert list(packages[0]) == [
            "name", "type", "chargeType", "dataQuota", "smsQuota", "voiceQuota", "cycle", "price", "currency",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "field"),
    [("/account/谁", "name"), ("/account/%00", "name"), ("/谁/servicePackages", "accountName")],
)
def test_an_unknown_account_is_missing(api: Caller, path: str, field: str) -> None:
    assert refusal(api.get(path)) == (422, field, "missing")


def test_share_pools_belong_to_accounts_and_balance(api: Caller) -> None:
    pools = api.get("/share-pools").json()["data"]
    assert list(pools[0]) == [
        "name", "accountName", "status", "totalData", "usedData", "remainingData", "simCount", "startTime",
        "endTime",
    ]  # fmt: skip
    for pool in pools:
        assert pool["usedData"] > 0 and pool["simCount"] > 0
        assert pool["remainingData"] == pytest.approx(max(0, pool["totalData"] - pool["usedData"]), abs=0.002)
    owner = pools[0]["accountName"]
    own = api.get("/share-pools", accountName=owner).json()["data"]
    assert own == [pool for pool in pools if pool["accountName"] == owner]
    assert api.get("/share-pools", accountName="nobody").json()["total"] == 0


def test_country_statistics_count_every_activated_sim_and_repeat_exactly(api: Caller) -> None:
    path = "/global-sims/statistics/country-code"
    body = api.get(path).json()
    assert list(body["data"][0]) == ["countryCode", "dataUsage", "simCount"]
    active = api.get("/global-sims", status="ACTIVATED").json()["total"]
    assert sum(row["simCount"] for row in body["data"]) == active
    assert api.get(path).json() == body


def test_country_statistics_narrow_to_account_and_period(api: Caller) -> None:
    path = "/global-sims/statistics/country-code"
    meters = api.get(path, accountName="华东智能电表").json()["data"]
    assert [row["countryCode"] for row in meters] == ["CN"]
    day = {"startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-02T00:00:00Z"}
    week = {**day, "endTime": "2026-01-08T00:00:00+0000"}
    one, seven = (api.get(path, **period).json()["data"][0]["dataUsage"] for period in (day, week))
    assert seven == pytest.approx(7 * one, rel=1e-3) and one > 0
    assert refusal(api.get(path, startTime="soon")) == (422, "startTime", "invalid")
