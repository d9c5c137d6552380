"""What each method asks for, what it refuses to send, and which answers it does not take."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

import smarthub_client as sc
from smarthub_client import (
    BadAnswer,
    InvalidArgument,
    Reply,
    SmartHubClient,
)
from tests.client.servers import Server, always, answer, answer_json, head, in_turn

SIM = "8986011805021000040"
Serve = Callable[..., Server]
Connect = Callable[..., SmartHubClient]
Call = Callable[[SmartHubClient], Reply[Any]]

HANDLES = always(answer_json({"jobId": "j", "smsMsgId": "m", "status": "PENDING"}))


REFUSED: list[Call] = [
    *[
        lambda c, giccid=giccid: c.sim_detail(giccid)
        for giccid in ("", "x", 8986, "１２", "1/..", " 1", "1" * 33, None)
    ],
    lambda c: c.sim_list(giccids=SIM),
    lambda c: c.sim_list(giccids=[]),
    lambda c: c.sim_list(size=101),
    lambda c: c.sim_list(size=0),
    lambda c: c.sim_list(page=-1),
    lambda c: c.sim_list(account_name="\ud800"),
    lambda c: c.batch_suspend([]),
    lambda c: c.batch_suspend([SIM, SIM]),
    lambda c: c.batch_suspend([str(number) for number in range(101)]),
    lambda c: c.change_logs(start_time=datetime(2026, 1, 1)),  # noqa: DTZ001
    lambda c: c.account(" "),
    lambda c: c.account(".."),
    lambda c: c.account("\udfff"),
    lambda c: c.batch_job(""),
    lambda c: c.apn_status(SIM, apn_name="a", apn_status="open"),
    lambda c: c.send_sms(SIM, message_text=""),
    lambda c: c.send_sms(SIM, message_text="\ud83d"),
    lambda c: c.custom_fields_edit(SIM, {}),
    lambda c: c.custom_fields_edit(SIM, {"custom6": "x"}),
    lambda c: c.custom_fields_edit(SIM, {"custom1": None}),  # type: ignore[dict-item]
    lambda c: c.retire(SIM, request_id="a\r\nX: y"),
    lambda c: c.retire(SIM, request_id="x" * 129),
]


@pytest.mark.parametrize("call", REFUSED)
def test_an_argument_that_cannot_be_sent_is_refused_before_anything_is_sent(
    serve: Serve, connect: Connect, call: Call
) -> None:
    server = serve(HANDLES)
    gated: list[str] = []
    with pytest.raises(InvalidArgument) as caught:
        call(connect(server, gate=gated.append))
    assert isinstance(caught.value, ValueError)
    assert server.got == []


def test_filters_become_the_documented_parameters(serve: Serve, connect: Connect) -> None:
    server = serve(always(answer_json({"data": [], "page": 0, "size": 2, "total": 0})))
    client = connect(server)
    client.sim_list(
        page=0, size=2, status="ACTIVATED", po="p&o", customer_name="客户", account_name="a b",
        basic_service_package_name="B+", giccids=["1", "2"],
    )  # fmt: skip
    client.change_logs(
        account_name="a",
        giccid="1",
        type="IMEI_CHANGE",
        start_time=datetime(2026, 1, 1, tzinfo=UTC),
        size=None,
    )
    first, second = (urlsplit(got.target) for got in server.got)
    assert {name: value for name, (value,) in parse_qs(first.query).items()} == {
        "page": "0", "size": "2", "status": "ACTIVATED", "po": "p&o", "customerName": "客户",
        "accountName": "a b",
        "basicServicePackageName": "B+", "giccids": "1,2",
    }  # fmt: skip
    assert {name: value for name, (value,) in parse_qs(second.query).items()} == {
        "accountName": "a", "giccid": "1", "type": "IMEI_CHANGE", "startTime": "2026-01-01T00:00:00+0000",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["华东智能电表", "a/b", "100%", "a?b=c#d", "%2F", "a b+c", "~._-", "é\u0301"]
)
def test_an_account_name_arrives_as_it_is(serve: Serve, connect: Connect, name: str) -> None:
    server = serve(always(answer_json({"name": name, "data": []})))
    client = connect(server)
    client.account(name)
    client.service_packages(name)
    assert [
        unquote(got.target.split("/")[position]) for got, position in zip(server.got, (3, 2), strict=True)
    ] == [
        name,
        name,
    ]
    assert [got.target.count("/") for got in server.got] == [3, 3]


WRONG: list[tuple[Call, object]] = [
    (lambda c: c.sim_detail(SIM), {"giccid": "1"}),
    (lambda c: c.sim_detail(SIM), {}),
    (lambda c: c.sim_detail(SIM), {"giccid": int(SIM)}),
    (lambda c: c.sim_list(), {"data": {}}),
    (lambda c: c.batch_job("j"), {"jobId": "other", "tasks": []}),
    (lambda c: c.batch_job("j"), {"jobId": "j"}),
    (lambda c: c.query_sms("m"), {"smsMsgId": "other", "status": "PENDING"}),
    (lambda c: c.enterprise(), {"name": "x", "accounts": None}),
    (lambda c: c.custom_fields_read(SIM), {"other": "x"}),
    (lambda c: c.custom_fields_read(SIM), {"custom1": 5}),
    (lambda c: c.root(), {"sims_url": "https://evil.example/{giccid}"}),
    (lambda c: c.batch_suspend([SIM]), {"jobId": ""}),
    (lambda c: c.batch_suspend([SIM]), {"jobId": 5}),
    (lambda c: c.send_sms(SIM, message_text="x"), {"status": "PENDING"}),
]


@pytest.mark.parametrize(("call", "body"), WRONG)
def test_an_answer_about_something_else_is_not_taken(
    serve: Serve, connect: Connect, call: Call, body: object
) -> None:
    server = serve(always(answer_json(body)))
    with pytest.raises(BadAnswer) as caught:
        call(connect(server))
    assert caught.value.kind == "wrong_shape"
    assert caught.value.outcome_unknown is (server.got[0].method == "POST")


def test_single_objects_may_come_wrapped(serve: Serve, connect: Connect) -> None:
    server = serve(always(answer_json({"data": {"giccid": SIM, "status": "SOMETHING_NEW"}})))
    assert connect(server).sim_detail(SIM).data["status"] == "SOMETHING_NEW"


@pytest.mark.parametrize(
    "empty", [answer(body=b""), head(status=204), answer(202, b"", content_type="text/plain")]
)
def test_an_empty_answer_to_a_change_of_one_sim_is_fine(serve: Serve, connect: Connect, empty: bytes) -> None:
    assert connect(serve(always(empty))).activate(SIM).data == {}


def test_an_empty_answer_to_a_batch_is_not_for_the_job_would_be_lost(serve: Serve, connect: Connect) -> None:
    with pytest.raises(BadAnswer) as caught:
        connect(serve(always(answer(body=b"")))).batch_suspend([SIM])
    assert caught.value.outcome_unknown is True


@pytest.mark.parametrize("read", [{"custom1": "a", "custom2": None}, {"data": {"custom1": "a"}}])
def test_custom_fields_are_read_merged_and_sent_whole(serve: Serve, connect: Connect, read: object) -> None:
    server = serve(in_turn(answer_json(read), answer_json({})))
    connect(server).custom_fields_edit(SIM, {"custom3": "c", "custom5": ""}, request_id="r1")
    first, second = server.got
    assert (first.method, second.method) == ("GET", "PUT")
    assert json.loads(second.body) == {
        "custom1": "a", "custom2": "", "custom3": "c", "custom4": "", "custom5": "",
    }  # fmt: skip
    assert second.headers["x-request-id"] == "r1"


def test_custom_fields_are_not_sent_when_they_could_not_be_read(serve: Serve, connect: Connect) -> None:
    server = serve(always(answer(500)))
    with pytest.raises(sc.ServerError) as caught:
        connect(server).custom_fields_edit(SIM, {"custom3": "c"})
    assert caught.value.outcome_unknown is False
    assert [got.method for got in server.got] == ["GET"]


def test_a_connection_test_tells_who_we_are(serve: Serve, connect: Connect) -> None:
    body = {"name": "xxxx企业", "accounts": [{"name": "xxxx账户01", "chargeType": "PREPAID"}]}
    rate = {"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "4999", "x_ratelimit_reset": "3600"}
    result = connect(serve(always(answer_json(body, **rate)))).test_connection()
    assert (result.ok, result.enterprise, result.accounts[0]["name"]) == (True, "xxxx企业", "xxxx账户01")
    assert result.rate is not None
    assert (result.rate.limit, result.rate.remaining) == (5000, 4999)
    assert 0 <= result.latency_ms < 2000
