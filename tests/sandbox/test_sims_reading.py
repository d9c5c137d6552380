import re

from tests.sandbox.caller import Caller, refusal

# The documentation's sample, key for key.
SAMPLE = {
    "giccid": "8986011805021000040",
    "deviceInfo": [{"imei": "460013050000000", "imsi": "460013050000000", "msisdn": "8613856541093"}],
    "status": "TEST_READY",
    "sellTime": "2018-10-10T10:32:50+0000",
    "activatedTime": "2018-10-10T10:32:50+0000",
    "currentCycleUsages": {"dataUsage": 23.323, "smsUsage": 30, "voiceUsage": 10},
    "currentCycleAPNUsagesList": [{"apn": "apn1", "dataUsage": 23.323}],
    "currentBasicServicePackage": {"name": "n", "startTime": "t", "endTime": "t"},
    "apnList": [{"apnName": "apn1", "apnStatus": "CLOSED"}],
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000")


def _keys(value: object) -> object:
    if isinstance(value, dict):
        return {key: _keys(inner) for key, inner in value.items()}
    return _keys(value[0]) if isinstance(value, list) else None


def test_a_list_item_has_exactly_the_documented_keys_in_their_order(api: Caller) -> None:
    for sim in api.get("/global-sims", status="ACTIVATED", size=100).json()["data"]:
        assert list(sim) == list(SAMPLE)
        assert _keys(sim) == _keys(SAMPLE)
        assert TIME.fullmatch(sim["sellTime"]) and TIME.fullmatch(sim["activatedTime"])


def test_a_detail_is_the_list_item_unwrapped(api: Caller) -> None:
    for item in api.get("/global-sims", size=100).json()["data"]:
        detail = api.sim(item["giccid"])
        extra = detail.pop("currentSupplementaryServicePackages", None)
        assert detail == item
        assert extra is None or list(extra[0]) == ["name", "startTime", "endTime"]


def test_a_sim_that_was_never_active_has_no_package_and_no_usage(api: Caller) -> None:
    sim = api.sim(api.one("INVENTORY"))
    assert sim["activatedTime"] is None and sim["currentBasicServicePackage"] is None
    assert sim["currentCycleUsages"] == {"dataUsage": 0.0, "smsUsage": 0, "voiceUsage": 0}


def test_an_unknown_sim_is_422_missing(api: Caller) -> None:
    assert refusal(api.get("/global-sims/8900000000000000000")) == (422, "giccid", "missing")


def test_the_root_lists_addresses_as_templates(api: Caller) -> None:
    for path in ("", "/"):
        links = api.get(path).json()
        assert links["global_sim_url"] == api.sandbox.base_url + "/global-sims/{giccid}"
        assert all(name.endswith("_url") for name in links)
