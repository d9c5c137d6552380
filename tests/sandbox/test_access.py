import pytest
import requests

from tests.sandbox.caller import Caller
from tests.support.sandbox import SandboxProcess


@pytest.mark.parametrize(
    "headers", [{}, {"X-API-Key": ""}, {"X-API-Key": "wrong"}, {"X-API-Key": "schlüssel"}]
)
def test_a_call_without_the_right_key_is_401_and_does_nothing(api: Caller, headers: dict[str, str]) -> None:
    giccid = api.one("INVENTORY")
    api.session.headers.pop("X-API-Key")
    api.session.headers.update({name: value.encode() for name, value in headers.items()})
    answer = api.post(f"/global-sims/{giccid}/activate")
    assert answer.status_code == 401
    assert answer.json() == {"type": "about:blank", "title": "Invalid api key", "status": 401}
    assert "X-RateLimit-Limit" not in answer.headers
    assert api.sandbox.ledger() == []


@pytest.mark.parametrize("path", ["/nope", "/global-sims/1/2/3", "/enterprise/", "/account/a%2Fb"])
def test_an_unknown_address_is_404_in_the_error_shape(api: Caller, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"type": "about:blank", "title": "Not Found", "status": 404}
    assert "X-RateLimit-Remaining" in answer.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/global-sims"), ("POST", "/enterprise"), ("GET", "/mt-sms"), ("PATCH", "")],
)
def test_a_wrong_method_is_405_in_the_error_shape(api: Caller, method: str, path: str) -> None:
    answer = api.call(method, path)
    assert answer.status_code == 405
    assert answer.json() == {"type": "about:blank", "title": "Method Not Allowed", "status": 405}
    assert "OPTIONS" in answer.headers["Allow"]


def test_head_has_the_headers_of_get_and_no_body(api: Caller) -> None:
    got, head = api.get("/global-sims"), api.call("HEAD", "/global-sims")
    assert head.status_code == 200 and head.content == b""
    for name in ("Content-Length", "Content-Type", "Link", "X-Total-Count"):
        assert head.headers[name] == got.headers[name]
    assert api.get("/enterprise").status_code == 200, "the connection is still in step"


def test_a_browser_of_another_site_may_ask_without_a_key(sandbox: SandboxProcess) -> None:
    headers = {"Origin": "http://example.com", "Access-Control-Request-Method": "PUT"}
    path = f"{sandbox.base_url}/global-sims/1/custom-field"
    answer = requests.options(path, headers=headers, timeout=5)
    assert answer.status_code == 204 and answer.content == b""
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, PUT, HEAD, OPTIONS"
    assert "X-API-Key" in answer.headers["Access-Control-Allow-Headers"]


def test_answers_may_be_read_by_another_site(api: Caller) -> None:
    answer = api.get("/global-sims")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Total-Count" in answer.headers["Access-Control-Expose-Headers"]


def test_readiness_needs_no_key(sandbox: SandboxProcess) -> None:
    assert requests.get(f"{sandbox.origin}/healthz", timeout=5).status_code == 200
