import http.client
import json
import socket
import time
from pathlib import Path

import pytest
import requests

from tests.sandbox.caller import Caller


def _raw(api: Caller, method: str, path: str, body: bytes = b"") -> bytes:
    """Everything the server sends on one connection until it closes it."""
    key = api.sandbox.api_key
    head = f"{method} /v1{path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Length: {len(body)}"
    with socket.create_connection(("127.0.0.1", api.sandbox.port), timeout=5) as raw:
        raw.sendall(head.encode() + b"\r\n\r\n" + body)
        received = b""
        try:
            while chunk := raw.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return received


def _fault(api: Caller, kind: str, operation: str = "*", **more: object) -> None:
    api.sandbox.faults([{"operation": operation, "kind": kind, "count": 1, **more}])


def test_drop_before_closes_without_a_byte_and_without_an_effect(api: Caller) -> None:
    giccid = api.one("INVENTORY")
    _fault(api, "drop_before", "activate")
    assert _raw(api, "POST", f"/global-sims/{giccid}/activate") == b""
    assert api.sandbox.ledger() == [] and api.status(giccid) == "INVENTORY"


def test_drop_after_closes_without_a_byte_but_with_the_effect(api: Caller) -> None:
    giccid = api.one("INVENTORY")
    _fault(api, "drop_after", "activate")
    assert _raw(api, "POST", f"/global-sims/{giccid}/activate") == b""
    assert [row["operation"] for row in api.sandbox.ledger()] == ["activate"]
    assert api.status(giccid) == "ACTIVATED"


def test_a_client_library_sees_a_dropped_connection(api: Caller) -> None:
    _fault(api, "drop_before")
    with pytest.raises(requests.ConnectionError):
        api.get("/enterprise")
    assert api.get("/enterprise").status_code == 200


def test_delay_answers_late(api: Caller) -> None:
    _fault(api, "delay", seconds=0.4)
    started = time.monotonic()
    assert api.get("/enterprise").status_code == 200
    assert time.monotonic() - started >= 0.4


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_status_answers_with_an_error_instead_of_an_effect(api: Caller, status: int) -> None:
    giccid = api.one("INVENTORY")
    _fault(api, "status", "activate", status=status)
    answer = api.post(f"/global-sims/{giccid}/activate")
    assert answer.status_code == answer.json()["status"] == status
    assert api.sandbox.ledger() == []


def test_an_answer_can_lie_about_an_effect_on_request(api: Caller) -> None:
    giccid = api.one("INVENTORY")
    _fault(api, "status", "activate", status=504, effect=True)
    assert api.post(f"/global-sims/{giccid}/activate").status_code == 504
    assert len(api.sandbox.ledger()) == 1


def test_truncate_cuts_the_body_but_not_its_announced_length(api: Caller) -> None:
    giccid = api.one("ACTIVATED")
    body = json.dumps({"toGiccid": giccid, "messageText": "x"}).encode()
    _fault(api, "truncate", "send_sms")
    head, _, sent = _raw(api, "POST", "/mt-sms", body).partition(b"\r\n\r\n")
    announced = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert b" 200 OK" in head and 0 < len(sent) < announced
    assert len(api.sandbox.ledger()) == 1, "a cut answer is the answer to something that happened"


def test_html_is_a_page_where_json_belongs(api: Caller) -> None:
    _fault(api, "html")
    answer = api.get("/enterprise")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_huge_streams_until_the_client_has_had_enough(api: Caller) -> None:
    _fault(api, "huge")
    with api.call("GET", "/enterprise", stream=True) as answer:
        received = 0
        for chunk in answer.iter_content(1 << 20):
            received += len(chunk)
            if received > 50 << 20:
                break
    assert answer.headers["Content-Type"] == "application/json" and "Content-Length" not in answer.headers
    assert _memory_mb(api) < 400
    assert api.get("/enterprise").status_code == 200


def _memory_mb(api: Caller) -> int:
    assert api.sandbox.process is not None
    status = Path(f"/proc/{api.sandbox.process.pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def test_redirect_points_to_the_same_address_or_wherever_told(api: Caller) -> None:
    _fault(api, "redirect")
    answer = api.get("/global-sims", size=1)
    assert (answer.status_code, answer.headers["Location"]) == (
        307,
        api.sandbox.base_url + "/global-sims?size=1",
    )
    _fault(api, "redirect", location="http://elsewhere.example/v1", status=301)
    answer = api.get("/enterprise")
    assert (answer.status_code, answer.headers["Location"]) == (301, "http://elsewhere.example/v1")


def test_stale_shows_the_sim_as_it_was_before_its_last_change(api: Caller) -> None:
    giccid = api.one("ACTIVATED")
    api.post(f"/global-sims/{giccid}/deactivate")
    api.sandbox.faults(
        [{"operation": operation, "kind": "stale"} for operation in ("sim_detail", "sim_list")]
    )
    assert api.status(giccid) == "ACTIVATED"
    assert api.get("/global-sims", giccids=giccid).json()["data"][0]["status"] == "ACTIVATED"
    api.sandbox.faults([])
    assert api.status(giccid) == "DEACTIVATED"


@pytest.mark.parametrize("rows", [3, -3])
def test_shift_moves_a_page_so_that_rows_repeat_or_go_missing(api: Caller, rows: int) -> None:
    def page(number: int) -> list[str]:
        return [sim["giccid"] for sim in api.get("/global-sims", page=number, size=10).json()["data"]]

    first, second = page(0), page(1)
    api.sandbox.faults([{"operation": "sim_list", "kind": "shift", "rows": rows, "count": 1}])
    shifted = page(1)
    assert shifted[:7] == second[3:] if rows > 0 else shifted[:3] == first[7:]
    assert page(1) == second


def test_a_fault_meets_only_its_operation_and_only_so_often(api: Caller) -> None:
    api.sandbox.faults([{"operation": "enterprise", "kind": "status", "status": 503, "count": 2}])
    assert api.get("/share-pools").status_code == 200
    assert [api.get("/enterprise").status_code for _ in range(4)] == [503, 503, 200, 200]
    fault = api.sandbox.faults()[0]
    assert (fault["fired"], fault["count"]) == (2, 0)


def test_without_a_count_a_fault_goes_on(api: Caller) -> None:
    api.sandbox.faults([{"operation": "*", "kind": "status", "status": 500}])
    assert {api.get("/enterprise").status_code for _ in range(5)} == {500}
    assert api.sandbox.faults()[0]["fired"] == 5


def test_chances_repeat_exactly(api: Caller) -> None:
    fault = {"operation": "*", "kind": "status", "status": 500, "probability": 0.4}

    def run() -> list[int]:
        api.sandbox.faults([fault])
        return [api.get("/enterprise").status_code for _ in range(40)]

    first = run()
    assert 5 < first.count(500) < 30 and run() == first


def test_a_delay_and_then_a_drop_happen_together(api: Caller) -> None:
    api.sandbox.faults([{"kind": "delay", "seconds": 0.2, "count": 1}, {"kind": "drop_before", "count": 1}])
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", api.sandbox.port, timeout=5)
    connection.request("GET", "/v1/enterprise", headers={"X-API-Key": api.sandbox.api_key})
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
    assert time.monotonic() - started >= 0.2
