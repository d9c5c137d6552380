"""A SmartHub that does exactly what a test says, in this process: for what the sandbox's fixed catalogue can't play.

    platform = ScriptedPlatform({"Account": sims(3)}); with platform: ...

Accounts map names to list items; `orphans` are listed without an account only; `logs` are change logs in the order
they are told. `before` is called with every request
and may change anything between two pages; what it returns is sent instead of the usual answer.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import responses
from requests import PreparedRequest

from tests.factories import BASE_URL, sim_payload

Answer = tuple[int, dict[str, str], str]


@dataclass
class Asked:
    """A request: the part of the path below the base URL, and its query."""

    path: str
    query: dict[str, str]

    @property
    def account(self) -> str | None:
        return self.query.get("accountName")


def sims(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [sim_payload(f"{start + number:019d}") for number in range(count)]


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "application/json", **names}, json.dumps(body)


def error(status: int, code: str = "") -> Answer:
    errors = [{"resource": "x", "field": "x", "code": code}] if code else []
    return answer({"type": "about:blank", "title": "No", "status": status, "errors": errors}, status)


@dataclass
class ScriptedPlatform:
    accounts: dict[str, list[dict[str, Any]]]
    orphans: list[dict[str, Any]] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)
    ignores_start: bool = False
    unlisted: set[str] = field(default_factory=set)
    before: Callable[[Asked], Answer | None] = lambda _asked: None
    told_size: int | None = None
    told_total: int | None = None
    remaining: int = 4000
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._mock = responses.RequestsMock(assert_all_requests_are_fired=False)
        self._mock.start()
        self._mock.add_callback("GET", re.compile(re.escape(BASE_URL)), callback=self._serve)
        return self

    def __exit__(self, *_: object) -> None:
        self._mock.stop()
        self._mock.reset()

    def pages_of(self, account: str | None) -> int:
        """How many pages of 100 SIMs were asked for."""
        return sum(
            1
            for a in self.asked
            if a.path == "/global-sims" and a.account == account and a.query["size"] != "1"
        )

    def _serve(self, request: PreparedRequest) -> Answer:
        parts = urlsplit(str(request.url))
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        asked = Asked(unquote(parts.path.removeprefix(urlsplit(BASE_URL).path)), query)
        self.asked.append(asked)
        self.remaining -= 1
        status, headers, body = self.before(asked) or self._usual(asked)
        rate = {"Limit": "5000", "Remaining": str(self.remaining), "Reset": "600"}
        return status, {f"X-RateLimit-{name}": value for name, value in rate.items()} | headers, body

    def _usual(self, asked: Asked) -> Answer:
        if asked.path == "/enterprise":
            names = [name for name in self.accounts if name not in self.unlisted]
            listed = [{"name": name, "chargeType": "CHARGE", "status": "ENABLED"} for name in names]
            return answer({"name": "Scripted", "accounts": listed})
        if asked.path == "/global-sims":
            return self._list(asked)
        if asked.path == "/global-sims/changeLogs":
            start = "" if self.ignores_start else asked.query.get("startTime", "")
            return self._page(asked, [log for log in self.logs if str(log.get("createdTime", "9")) >= start])
        if asked.path.startswith("/global-sims/"):
            known = (item for item in self._everything() if item["giccid"] == asked.path.split("/")[2])
            found = next(known, None)
            return answer(found) if found else error(422, "missing")
        if asked.path.startswith("/account/"):
            name = asked.path.removeprefix("/account/")
            return answer({"name": name, "balance": 1}) if name in self.accounts else error(422, "missing")
        if asked.path.endswith("/servicePackages"):
            return answer({"data": [{"name": "Basic", "type": "BASIC", "dataQuota": 100}]})
        return error(404)

    def _list(self, asked: Asked) -> Answer:
        found = self._everything() if asked.account is None else self.accounts.get(asked.account)
        if found is None:
            return error(422, "missing")
        if giccids := asked.query.get("giccids"):
            wanted = set(giccids.split(","))
            found = [item for item in found if item["giccid"] in wanted]
        return self._page(asked, found)

    def _everything(self) -> list[dict[str, Any]]:
        return [item for items in self.accounts.values() for item in items] + self.orphans

    def _page(self, asked: Asked, found: list[dict[str, Any]]) -> Answer:
        page, size = int(asked.query.get("page", 0)), int(asked.query.get("size", 30))
        rows = found[page * size : (page + 1) * size]
        total = len(found) if self.told_total is None else self.told_total
        return answer({"data": rows, "page": page, "size": self.told_size or size, "total": total})
