import pytest

from tests.sandbox.caller import Caller, refusal

ACCOUNT = "华东智能电表"


def _giccids(api: Caller, **query: str) -> list[str]:
    body = api.get("/global-sims", size=100, **query).json()
    assert body["total"] == len(body["data"]) or body["total"] > 100
    return [sim["giccid"] for sim in body["data"]]


def test_each_status_is_found_and_together_they_are_all(api: Caller) -> None:
    total = 0
    for status in ("TEST_READY", "ACTIVATE_READY", "INVENTORY", "ACTIVATED", "DEACTIVATED", "RETIRED"):
        body = api.get("/global-sims", status=status, size=100).json()
        assert {sim["status"] for sim in body["data"]} == {status}
        total += body["total"]
    assert total == 300


def test_a_package_filter_finds_that_package_in_every_account(api: Caller) -> None:
    body = api.get("/global-sims", basicServicePackageName="Prepaid-Basic-10M", size=100).json()
    assert body["total"] > 0
    assert {sim["currentBasicServicePackage"]["name"] for sim in body["data"]} == {"Prepaid-Basic-10M"}


def test_an_account_filter_agrees_with_the_account(api: Caller) -> None:
    expected = api.get(f"/account/{ACCOUNT}").json()["simTotal"]
    assert api.get("/global-sims", accountName=ACCOUNT).json()["total"] == expected > 0


def test_customer_and_purchase_order_follow_a_change_behind_our_back(api: Caller) -> None:
    giccid = api.one("ACTIVATED")
    assert _giccids(api, po="8723164786") == _giccids(api, customerName="例子") == []
    api.sandbox.set_sim(giccid, po="8723164786", customerName="例子")
    assert _giccids(api, po="8723164786") == _giccids(api, customerName="例子") == [giccid]


def test_giccids_pick_sims_in_list_order_and_leave_unknown_ones_out(api: Caller) -> None:
    wanted = _giccids(api)[:5]
    assert _giccids(api, giccids=",".join([*reversed(wanted), "404"])) == wanted


def test_giccids_combine_with_other_filters(api: Caller) -> None:
    active, stored = api.one("ACTIVATED"), api.one("INVENTORY")
    assert _giccids(api, giccids=f"{active},{stored}", status="INVENTORY") == [stored]


def test_more_than_100_giccids_are_invalid(api: Caller) -> None:
    assert api.get("/global-sims", giccids=",".join(["1"] * 100)).status_code == 200
    assert refusal(api.get("/global-sims", giccids=",".join(["1"] * 101))) == (422, "giccids", "invalid")


def test_empty_filters_are_ignored(api: Caller) -> None:
    path = "/global-sims?status&po=&customerName&accountName=&basicServicePackageName&giccids&page&size=10"
    body = api.get(path).json()
    assert (body["total"], body["page"], body["size"], len(body["data"])) == (300, 0, 10, 10)


@pytest.mark.parametrize("name", ["po", "customerName", "accountName", "basicServicePackageName"])
def test_a_filter_that_matches_nothing_is_an_empty_list(api: Caller, name: str) -> None:
    assert _giccids(api, **{name: "nobody"}) == []


def test_an_unknown_status_is_invalid(api: Caller) -> None:
    assert refusal(api.get("/global-sims", status="LOST")) == (422, "status", "invalid")
