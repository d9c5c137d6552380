from typing import Any

import pytest
import requests

from tests.sandbox.receiver import Receiver
from tests.support.sandbox import SandboxProcess

URL = "http://127.0.0.1:9/x"


def _put(sandbox: SandboxProcess, path: str, body: Any, method: str = "PUT") -> requests.Response:
    headers = {"X-Control-Token": sandbox.control_token}
    return requests.request(method, f"{sandbox.origin}/control/{path}", json=body, headers=headers, timeout=5)


def test_targets_are_replaced_as_a_whole_and_shown(sandbox: SandboxProcess) -> None:
    assert sandbox.control("GET", "push-targets") == {"key": "test-push-key", "urls": {}}
    for urls in ({"mo-sms": URL, "sim-status": "http://localhost:9/?a=b"}, {"no-session": "http://[::1]/"}):
        sandbox.push_targets(urls, key="k")
        assert sandbox.control("GET", "push-targets") == {"key": "k", "urls": urls}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "http://10.0.0.1/x",
        "http://169.254.169.254/",
        "http://0.0.0.0/",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1@example.com/",
        "http://u:p@127.0.0.1/",
        "http://[::2]/",
        "http://2130706433/",
        "https://127.0.0.1/",
        "ftp://127.0.0.1/",
        "//127.0.0.1/",
        "http:///x",
        "http://127.0.0.1:x/",
        "http://127.0.0.1:99999/",
        "http://[",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX: y",
        "http://127.0.0.1/é",
        "",
        None,
        5,
    ],
)
def test_nothing_but_loopback_is_a_target(sandbox: SandboxProcess, url: Any) -> None:
    sandbox.push_targets({"mo-sms": URL})
    answer = _put(sandbox, "push-targets", {"key": "k", "urls": {"sim-status": url}})
    assert answer.status_code == 422 and answer.json()["detail"]
    assert sandbox.control("GET", "push-targets")["urls"] == {"mo-sms": URL}, "nothing changed"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"key": "k"},
        {"urls": {}},
        {"key": "k", "urls": []},
        {"key": 5, "urls": {}},
        {"key": "", "urls": {"mo-sms": URL}},
        {"key": "k", "urls": {"nope": URL}},
        {"key": "k", "urls": {}, "more": 1},
    ],
)
def test_targets_that_make_no_sense_are_422(sandbox: SandboxProcess, body: Any) -> None:
    assert _put(sandbox, "push-targets", body).status_code == 422


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        [],
        {},
        {"kind": None},
        {"kind": ["mo-sms"]},
        {"kind": "nope"},
        {"kind": "sim-status"},
        {"kind": "mo-sms", "more": 1},
        {"kind": "mo-sms", "giccid": "nobody"},
        {"kind": "mo-sms", "count": 0},
        {"kind": "mo-sms", "count": 1.5},
        {"kind": "mo-sms", "count": True},
        {"kind": "mo-sms", "count": 10**9},
        {"kind": "mo-sms", "count": 200_000, "duplicates": 9},
        {"kind": "mo-sms", "rate": 0},
        {"kind": "mo-sms", "rate": "fast"},
        {"kind": "mo-sms", "duplicates": -1},
        {"kind": "mo-sms", "duplicates": [2, 1]},
        {"kind": "mo-sms", "duplicates": [1]},
        {"kind": "mo-sms", "duplicates": "1"},
        {"kind": "mo-sms", "forged": 1},
        {"kind": "mo-sms", "forged": "date"},
        {"kind": "mo-sms", "forged": ["body"]},
        {"kind": "mo-sms", "delay": -1},
        {"kind": "mo-sms", "reorder": 1},
        {"kind": "mo-sms", "seed": 0.5},
    ],
)
def test_an_order_that_makes_no_sense_is_422_and_queues_nothing(sandbox: SandboxProcess, wanted: Any) -> None:
    sandbox.push_targets({"mo-sms": URL})
    answer = _put(sandbox, "pushes", wanted, "POST")
    assert answer.status_code == 422 and answer.json()["detail"]
    assert sandbox.pushes() == []


def test_without_any_target_nothing_can_be_ordered(sandbox: SandboxProcess, receiver: Receiver) -> None:
    assert _put(sandbox, "pushes", {"kind": "*"}, "POST").status_code == 422
    sandbox.push_targets(receiver.urls)
    assert _put(sandbox, "pushes", {"kind": "*"}, "POST").status_code == 200


def test_an_empty_fleet_has_nothing_to_tell(sandbox: SandboxProcess, receiver: Receiver) -> None:
    sandbox.reset(sims=0)
    sandbox.push_targets(receiver.urls)
    assert _put(sandbox, "pushes", {"kind": "*"}, "POST").json()["detail"] == "there is no SIM"
