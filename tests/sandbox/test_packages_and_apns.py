import pytest

from tests.sandbox.caller import Caller, refusal

ACCOUNT = "华东智能电表"


def _sim(api: Caller) -> str:
    query = {"accountName": ACCOUNT, "basicServicePackageName": "Monthly-Basic-30M", "status": "ACTIVATED"}
    return str(api.get("/global-sims", size=1, **query).json()["data"][0]["giccid"])


def test_a_basic_package_of_the_account_replaces_the_old_one(api: Caller) -> None:
    giccid = _sim(api)
    wanted = {"basicServicePackageName": "Monthly-Basic-2G"}
    assert api.put(f"/global-sims/{giccid}/basicServicePackage", wanted).json() == {}
    assert api.sim(giccid)["currentBasicServicePackage"]["name"] == "Monthly-Basic-2G"
    log = api.get("/global-sims/changeLogs", giccid=giccid).json()["data"][0]
    assert (log["type"], log["original"], log["target"]) == (
        "SERVICE_PACKAGE",
        "Monthly-Basic-30M",
        "Monthly-Basic-2G",
    )
    rows = api.sandbox.ledger()
    assert [(row["operation"], row["detail"]) for row in rows] == [
        ("basic_plan", {"package": "Monthly-Basic-2G"})
    ]


@pytest.mark.parametrize("name", ["Prepaid-Basic-10M", "Monthly-Addon-100M", "nonsense"])
def test_a_package_of_another_account_or_type_is_missing(api: Caller, name: str) -> None:
    answer = api.put(f"/global-sims/{_sim(api)}/basicServicePackage", {"basicServicePackageName": name})
    assert refusal(answer) == (422, "basicServicePackageName", "missing")
    assert api.sandbox.ledger() == []


def test_each_supplementary_order_adds_a_package(api: Caller) -> None:
    giccid, body = _sim(api), {"servicePackageName": "Monthly-Addon-100M"}
    before = len(api.sim(giccid).get("currentSupplementaryServicePackages", []))
    for _ in range(2):
        assert api.post(f"/global-sims/{giccid}/supplementaryServicePackages", body).status_code == 200
    held = api.sim(giccid)["currentSupplementaryServicePackages"]
    assert len(held) == before + 2 and held[-1]["name"] == "Monthly-Addon-100M"
    assert [row["operation"] for row in api.sandbox.ledger()] == ["supplementary_plan"] * 2


def test_a_basic_package_cannot_be_a_supplement(api: Caller) -> None:
    body = {"servicePackageName": "Monthly-Basic-30M"}
    answer = api.post(f"/global-sims/{_sim(api)}/supplementaryServicePackages", body)
    assert refusal(answer) == (422, "servicePackageName", "missing")


def test_a_retired_sim_gets_no_package(api: Caller) -> None:
    found = api.get("/global-sims", status="RETIRED", accountName=ACCOUNT, size=1).json()["data"][0]["giccid"]
    body = {"basicServicePackageName": "Monthly-Basic-2G"}
    assert refusal(api.put(f"/global-sims/{found}/basicServicePackage", body)) == (
        422,
        "status",
        "illegal_status",
    )


def test_an_apn_is_closed_and_opened(api: Caller) -> None:
    giccid = api.one("ACTIVATED")
    name = api.sim(giccid)["apnList"][0]["apnName"]
    for state in ("CLOSED", "OPEN", "CLOSED"):
        body = {"apnName": name, "apnStatus": state}
        assert api.put(f"/global-sims/{giccid}/apn-status", body).json() == {}
        assert api.sim(giccid)["apnList"][0] == body
    assert [row["detail"]["open"] for row in api.sandbox.ledger()] == [False, True, False]


def test_an_apn_the_sim_lacks_or_another_state_is_refused(api: Caller) -> None:
    path = f"/global-sims/{api.one('ACTIVATED')}/apn-status"
    assert refusal(api.put(path, {"apnName": "x", "apnStatus": "OPEN"})) == (422, "apnName", "missing")
    assert refusal(api.put(path, {"apnName": "x", "apnStatus": "AJAR"})) == (422, "apnStatus", "invalid")


@pytest.mark.parametrize(
    ("method", "action", "field"),
    [
        ("PUT", "basicServicePackage", "basicServicePackageName"),
        ("POST", "supplementaryServicePackages", "servicePackageName"),
        ("PUT", "apn-status", "apnName"),
    ],
)
def test_an_absent_field_is_missing_field_and_a_number_a_bad_body(
    api: Caller, method: str, action: str, field: str
) -> None:
    path = f"/global-sims/{api.one('ACTIVATED')}/{action}"
    for body in ({}, {field: None}, {field: ""}):
        assert refusal(api.call(method, path, json=body)) == (422, field, "missing_field")
    assert api.call(method, path, json={field: 7}).status_code == 400
    assert api.sandbox.ledger() == []


def test_changes_to_packages_and_apns_wait_like_the_others(api: Caller) -> None:
    api.sandbox.settings(activation_delay_s=60)
    giccid = _sim(api)
    before = api.sim(giccid)
    api.put(f"/global-sims/{giccid}/basicServicePackage", {"basicServicePackageName": "Monthly-Basic-2G"})
    body = {"apnName": before["apnList"][0]["apnName"], "apnStatus": "CLOSED"}
    api.put(f"/global-sims/{giccid}/apn-status", body)
    assert api.sim(giccid) == before
