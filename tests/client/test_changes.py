"""Changes: what is sent, once and on a connection of its own, and what is refused until confirmed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import smarthub_client as sc
from smarthub_client import (
    Reply,
    SmartHubClient,
    UnconfirmedOperation,
)
from tests.client.conftest import KEY
from tests.client.servers import Server, always, answer_json

SIM = "8986011805021000040"
Serve = Callable[..., Server]
Connect = Callable[..., SmartHubClient]
Call = Callable[[SmartHubClient], Reply[Any]]

CHANGES: list[tuple[Call, str, str, object]] = [
    (lambda c: c.activate(SIM), "POST", f"/global-sims/{SIM}/activate", None),
    (lambda c: c.suspend(SIM), "POST", f"/global-sims/{SIM}/deactivate", None),
    (lambda c: c.retire(SIM), "POST", f"/global-sims/{SIM}/retire", None),
    (
        lambda c: c.supplementary_plan(SIM, service_package_name="加油包"),
        "POST",
        f"/global-sims/{SIM}/supplementaryServicePackages",
        {"servicePackageName": "加油包"},
    ),
    (
        lambda c: c.basic_plan(SIM, basic_service_package_name="B"),
        "PUT",
        f"/global-sims/{SIM}/basicServicePackage",
        {"basicServicePackageName": "B"},
    ),
    (
        lambda c: c.apn_status(SIM, apn_name="apn1", apn_status="CLOSED"),
        "PUT",
        f"/global-sims/{SIM}/apn-status",
        {"apnName": "apn1", "apnStatus": "CLOSED"},
    ),
    (lambda c: c.batch_activate([SIM]), "POST", "/batchJobs/global-sims/activate", {"giccids": [SIM]}),
    (lambda c: c.batch_suspend([SIM]), "POST", "/batchJobs/global-sims/deactivate", {"giccids": [SIM]}),
    (lambda c: c.batch_retire([SIM]), "POST", "/batchJobs/global-sims/retire", {"giccids": [SIM]}),
    (
        lambda c: c.batch_basic_plan([SIM], basic_service_package_name="B"),
        "POST",
        "/batchJobs/global-sims/basicServicePackage",
        {"giccids": [SIM], "basicServicePackageName": "B"},
    ),
    (
        lambda c: c.send_sms(SIM, message_text="€ 😀"),
        "POST",
        "/mt-sms",
        {"toGiccid": SIM, "messageText": "€ 😀"},
    ),
]
HANDLES = always(answer_json({"jobId": "j", "smsMsgId": "m", "status": "PENDING"}))


@pytest.mark.parametrize(("call", "method", "path", "body"), CHANGES)
def test_a_change_sends_what_the_contract_says_once_and_on_a_connection_of_its_own(
    serve: Serve, connect: Connect, call: Call, method: str, path: str, body: object
) -> None:
    server = serve(HANDLES)
    reply = call(connect(server))
    (got,) = server.got
    assert (got.method, got.target) == (method, f"/v1{path}")
    assert (json.loads(got.body) if got.body else None) == body
    assert got.headers["content-length"] == str(len(got.body))
    assert got.headers.get("content-type") == (None if body is None else "application/json")
    assert got.headers["connection"] == "close"
    assert (got.headers["x-api-key"], got.headers["x-request-id"]) == (KEY, reply.request_id)
    assert got.headers["user-agent"] == f"smarthub-portal/{sc.__version__}"
    assert reply.attempts == 1
    assert reply.sent_at < reply.received_at <= datetime.now(UTC)


def test_an_empty_change_declares_its_length_as_zero(serve: Serve, connect: Connect) -> None:
    server = serve(HANDLES)
    connect(server).activate(SIM)
    assert b"Content-Length: 0\r\n" in server.got[0].raw


@pytest.mark.parametrize(("call", "_method", "path", "_body"), CHANGES)
def test_a_change_that_is_not_documented_is_refused_until_confirmed(
    serve: Serve, connect: Connect, call: Call, _method: str, path: str, _body: object
) -> None:
    server = serve(HANDLES)
    gated: list[str] = []
    row = next(r for r in sc.OPERATIONS.values() if r.mutating and r.path.replace("{giccid}", SIM) == path)
    real = connect(server, sandbox=False, gate=gated.append)
    assert real.may(row.name) is (row.mark is sc.Mark.DOC)
    if row.mark is not sc.Mark.DOC:
        with pytest.raises(UnconfirmedOperation) as caught:
            call(real)
        assert (server.got, gated) == ([], []), "nothing was sent and no budget was taken"
        assert (caught.value.operation, caught.value.outcome_unknown) == (row.name, False)
        assert row.path in str(caught.value)
    call(connect(server, sandbox=False, confirmed=frozenset({row.name})))
    assert len(server.got) == 1


def test_documented_changes_and_all_reads_need_no_confirmation(serve: Serve, connect: Connect) -> None:
    client = connect(serve(HANDLES), sandbox=False)
    refused = {name for name in sc.OPERATIONS if not client.may(name)}
    assert refused == {
        "activate", "suspend", "supplementary_plan", "basic_plan", "apn_status", "batch_activate",
        "batch_retire",
        "batch_basic_plan",
    }  # fmt: skip


@pytest.mark.parametrize("options", [{"confirmed": {"fly"}}, {"timeout": 0}, {"timeout": float("nan")}])
def test_a_wrong_configuration_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(sc.ConfigurationError):
        SmartHubClient("https://host.example/v1", "key", **options)
    with pytest.raises(sc.ConfigurationError):
        SmartHubClient("https://host.example/v1", "key", ca_bundle="/does/not/exist.pem")
