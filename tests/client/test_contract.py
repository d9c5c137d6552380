"""The reads of the contract, against the sandbox or, with SMARTHUB_CONTRACT_BASE_URL and
SMARTHUB_CONTRACT_API_KEY set, against that platform. The changes are in `test_contract_changes`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

import smarthub_client as sc
from smarthub_client import SmartHubClient, SmartHubError
from smarthub_client.times import parse_time

NOBODY = "1" * 20
pytestmark = pytest.mark.servers


def caught(call: Callable[[], object]) -> SmartHubError:
    with pytest.raises(SmartHubError) as caught:
        call()
    return caught.value


def test_the_connection_is_good_and_tells_its_budget(client: SmartHubClient) -> None:
    result = client.test_connection()
    assert result.ok
    assert result.enterprise
    assert result.rate is not None
    assert 0 <= result.rate.remaining < result.rate.limit
    assert result.rate.reset_at is not None
    assert timedelta(0) <= result.rate.reset_at - datetime.now(UTC) <= timedelta(hours=1)


def test_the_root_lists_categories_on_our_origin(client: SmartHubClient) -> None:
    assert any(name.endswith("_url") for name in client.root().data)


def test_a_page_of_sims_is_as_documented(client: SmartHubClient) -> None:
    reply = client.sim_list(size=5)
    sims = reply.data["data"]
    assert 1 <= len(sims) <= 5
    assert (reply.data["size"], reply.headers["x-total-count"]) == (5, str(reply.data["total"]))
    for sim in sims:
        assert sim["giccid"].isdigit()
        assert isinstance(sim["deviceInfo"], list)
        assert isinstance(sim["status"], str)
        assert sim["activatedTime"] is None or parse_time(sim["activatedTime"])


def test_one_sim_is_an_item_of_the_list(client: SmartHubClient) -> None:
    (listed,) = client.sim_list(size=1).data["data"]
    sim = client.sim_detail(listed["giccid"]).data
    assert set(listed) <= set(sim)
    assert sim["deviceInfo"] == listed["deviceInfo"]


def test_chosen_sims_are_read_back_in_one_call(client: SmartHubClient) -> None:
    wanted = [sim["giccid"] for sim in client.sim_list(size=3).data["data"]]
    reply = client.sim_list(giccids=wanted)
    assert sorted(sim["giccid"] for sim in reply.data["data"]) == sorted(wanted)


def test_two_pages_do_not_overlap(client: SmartHubClient) -> None:
    pages = list(islice(client.iter_sims(size=2), 2))
    assert all(len(page.new) == len(page.data) for page in pages)
    assert pages[0].base == pages[0].page


def test_filters_narrow_the_list(client: SmartHubClient) -> None:
    status = client.sim_list(size=1).data["data"][0]["status"]
    assert {sim["status"] for sim in client.sim_list(status=status, size=50).data["data"]} == {status}
    account = client.enterprise().data["accounts"][0]["name"]
    assert client.sim_list(account_name=account).data["total"] <= client.sim_list(size=1).data["total"]


def test_change_logs_are_as_documented(client: SmartHubClient) -> None:
    for entry in client.change_logs(size=20).data["data"]:
        assert {"giccid", "type", "original", "target", "createdTime", "status"} <= set(entry)
        assert datetime.now(UTC) - parse_time(entry["createdTime"]) < timedelta(days=31)


def test_custom_fields_can_be_read(client: SmartHubClient) -> None:
    giccid = client.sim_list(size=1).data["data"][0]["giccid"]
    assert set(client.custom_fields_read(giccid).data) <= {f"custom{number}" for number in range(1, 6)}


def test_every_account_can_be_read_whatever_its_name(client: SmartHubClient) -> None:
    for account in client.enterprise().data["accounts"]:
        assert client.account(account["name"]).data["name"] == account["name"]
        assert all(package["name"] for package in client.service_packages(account["name"]).data["data"])


def test_share_pools_and_countries_can_be_read(client: SmartHubClient) -> None:
    assert all(pool["name"] for page in client.iter_share_pools() for pool in page.new)
    for row in client.country_statistics().data["data"]:
        assert len(row["countryCode"]) == 2


def test_what_does_not_exist_is_not_found(client: SmartHubClient) -> None:
    missing: list[Callable[[], object]] = [
        lambda: client.sim_detail(NOBODY),
        lambda: client.custom_fields_read(NOBODY),
        lambda: client.account("no such account 不存在"),
        lambda: client.service_packages("no such account 不存在"),
        lambda: client.batch_job("no-such-job"),
        lambda: client.query_sms("no-such-message"),
    ]
    for call in missing:
        error = caught(call)
        assert isinstance(error, sc.NotFound)
        assert (error.retryable, error.outcome_unknown) == (False, False)


def test_a_wrong_key_is_told_as_such(client: SmartHubClient) -> None:
    stranger = SmartHubClient(client.origin.url, "certainly-not-a-key")
    assert isinstance(caught(stranger.enterprise), sc.AuthenticationFailed)
