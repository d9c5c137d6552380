from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.caller import Caller, refusal

PATH = "/global-sims/changeLogs"


def _logs(api: Caller, **query: str) -> list[dict[str, str]]:
    return list(api.get(PATH, size=100, **query).json()["data"])


def _text(at: datetime, zone: str = "+0000") -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S") + zone


def test_the_fleet_begins_with_a_month_of_consistent_changes_newest_first(api: Caller) -> None:
    api.sandbox.reset(sims=3000)
    logs = _logs(api)
    assert 60 <= api.get(PATH).json()["total"] <= 200
    assert [log["createdTime"] for log in logs] == sorted((log["createdTime"] for log in logs), reverse=True)
    assert {log["type"] for log in logs} == {"LOCAL_STATUS", "SERVICE_PACKAGE", "IMEI_CHANGE"}
    for log in logs:
        assert list(log) == ["giccid", "type", "original", "target", "createdTime", "status"]
        if log["type"] == "IMEI_CHANGE":
            assert api.sim(log["giccid"])["deviceInfo"][0]["imei"] == log["target"]


def test_the_newest_status_change_of_a_sim_leads_to_its_present_status(api: Caller) -> None:
    api.sandbox.reset(sims=3000)
    newest: dict[str, str] = {}
    for log in reversed(_logs(api, type="LOCAL_STATUS")):
        newest[log["giccid"]] = log["target"]
    assert newest
    assert newest == {giccid: api.status(giccid) for giccid in newest}


def test_it_filters_by_sim_type_and_account(api: Caller) -> None:
    giccid = api.one("ACTIVATED")
    api.sandbox.set_sim(giccid, status="DEACTIVATED", imei="867452031234567")
    assert {log["type"] for log in _logs(api, giccid=giccid)} >= {"LOCAL_STATUS", "IMEI_CHANGE"}
    newest = _logs(api, giccid=giccid, type="IMEI_CHANGE")[0]
    assert newest["target"] == "867452031234567" and newest["status"] == "SUCCESS"
    accounts = [account["name"] for account in api.get("/enterprise").json()["accounts"]]
    counts = [api.get(PATH, accountName=name).json()["total"] for name in accounts]
    assert sum(counts) == api.get(PATH).json()["total"]
    assert _logs(api, accountName="nobody") == []


@pytest.mark.parametrize("zone", ["+0000", "Z", "+00:00"])
def test_a_period_may_be_written_in_three_ways(api: Caller, zone: str) -> None:
    api.sandbox.set_sim(api.one("ACTIVATED"), status="DEACTIVATED")
    now = datetime.now(UTC)
    recent = _logs(api, startTime=_text(now - timedelta(minutes=1), zone))
    older = _logs(api, endTime=_text(now - timedelta(minutes=1), zone))
    assert len(recent) == 1
    assert len(recent) + len(older) == api.get(PATH).json()["total"]


def test_nothing_older_than_30_days_is_shown(api: Caller) -> None:
    start, end = datetime.now(UTC) - timedelta(days=90), datetime.now(UTC) - timedelta(days=30)
    assert _logs(api, startTime=_text(start), endTime=_text(end)) == []
    assert len(_logs(api, startTime=_text(start))) == len(_logs(api))


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00+0800"]
)
def test_another_form_of_time_is_invalid(api: Caller, text: str) -> None:
    assert refusal(api.get(PATH, startTime=text)) == (422, "startTime", "invalid")


def test_a_period_that_ends_before_it_starts_is_invalid(api: Caller) -> None:
    answer = api.get(PATH, startTime="2026-02-01T00:00:00Z", endTime="2026-01-01T00:00:00Z")
    assert refusal(answer) == (422, "endTime", "invalid")


def test_an_unknown_type_is_invalid(api: Caller) -> None:
    assert refusal(api.get(PATH, type="MOOD")) == (422, "type", "invalid")
