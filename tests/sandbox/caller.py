"""A caller with the right key, for the tests in this folder."""

import time
from collections.abc import Callable
from typing import Any

import requests

from tests.support.sandbox import SandboxProcess


class Caller:
    """Short names for requests to one sandbox; never follows a redirect."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["X-API-Key"] = sandbox.api_key

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        options = {"timeout": 10, "allow_redirects": False, **options}
        return self.session.request(method, self.sandbox.base_url + path, **options)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Any = None) -> requests.Response:
        return self.call("POST", path, json=body)

    def put(self, path: str, body: Any = None) -> requests.Response:
        return self.call("PUT", path, json=body)

    def sim(self, giccid: str) -> dict[str, Any]:
        answer = self.get(f"/global-sims/{giccid}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def status(self, giccid: str) -> str:
        return str(self.sim(giccid)["status"])

    def pick(self, status: str, count: int = 1) -> list[str]:
        """The giccids of the first `count` SIMs in a state."""
        found = self.get("/global-sims", status=status, size=count).json()["data"]
        assert len(found) == count
        return [sim["giccid"] for sim in found]

    def one(self, status: str) -> str:
        return self.pick(status)[0]


def refusal(answer: requests.Response) -> tuple[int, str, str]:
    """(status, field, code) of an error answer with one entry, after checking its shape."""
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert body["type"] == "about:blank" and body["status"] == answer.status_code
    assert len(body["errors"]) == 1 and body["errors"][0]["resource"]
    return answer.status_code, body["errors"][0]["field"], body["errors"][0]["code"]


def wait_until(is_true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Poll quickly; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
