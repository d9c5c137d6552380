"""A SmartHub of a few SIMs on a real socket, which answers changes as told and always tells the truth when read.

    platform.take(sim); platform.answers.append(LOST_AFTER); ...; platform.effects

`effects` is the oracle: what really happened, with the request id it came with. `before` is called with every request
before anything is done, from the server's thread. With `holds_jobs` a batch job waits for `finish(job_id)`.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sims.models import Sim
from sims.planning import FROM_STATES
from tests.client.servers import Got, Server, Step, answer, answer_json, head

TARGETS = {"activate": "ACTIVATED", "deactivate": "DEACTIVATED", "retire": "RETIRED"}
KINDS = {"activate": "activate", "deactivate": "suspend", "retire": "retire"}


def problem(status: int, code: str = "", **headers: str) -> bytes:
    """The platform's error body (doc)."""
    errors = [{"resource": "globalSim", "field": "status", "code": code}] if code else []
    body = {"type": "about:blank", "title": "No", "status": status, "errors": errors}
    return answer_json(body, status, **headers)


@dataclass(frozen=True)
class Answer:
    """How one change ends: whether it happens, and what is sent back. No steps: the usual answer."""

    name: str
    happens: bool = True
    steps: tuple[Step, ...] | None = None


DONE = Answer("done")
BREAKS_OFF = head("Content-Type: application/json", "Content-Length: 100") + b'{"job'
LOST: dict[str, tuple[Step, ...]] = {
    "408": (problem(408),),
    "500": (problem(500),),
    "502 of a proxy": (answer(502, b"<html>Bad gateway</html>", content_type="text/html"),),
    "closed without a word": (),
    "time-out": (3.0,),
    "2xx cut off": (BREAKS_OFF,),
    "2xx of html": (answer(200, b"<html>Welcome</html>", content_type="text/html"),),
}
"""Answers after which nobody knows; each may come before or after the effect."""
REFUSED = {
    "400": problem(400),
    "403": problem(403),
    "422 illegal_status": problem(422, "illegal_status"),
    "422 missing": problem(422, "missing"),
    "404": problem(404, "missing"),
}
"""Answers that say no for good."""
LOST_BEFORE = Answer("lost before", happens=False, steps=LOST["500"])
LOST_AFTER = Answer("lost after", happens=True, steps=LOST["500"])
TOO_MANY = Answer("429", happens=False, steps=(problem(429, x_ratelimit_reset="600"),))


@dataclass(frozen=True)
class Effect:
    """One change of one SIM that really happened."""

    request_id: str
    giccid: str
    change: str


@dataclass
class Platform:
    sims: dict[str, dict[str, Any]] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    logs: list[dict[str, Any]] = field(default_factory=list)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: deque[Answer] = field(default_factory=deque)
    reads: deque[Answer] = field(default_factory=deque)
    holds_jobs: bool = False
    largest_page: int = 100
    before: Callable[[Got], None] = lambda _got: None
    asked: list[Got] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = Server(self.serve)

    def take(self, *sims: Sim) -> None:
        """The platform has these SIMs as our mirror has them."""
        for sim in sims:
            self.sims[sim.giccid] = {**sim.raw, "supplementary": [], "custom": {}}

    def status(self, giccid: str) -> str:
        return str(self.sims[giccid]["status"])

    @property
    def changes(self) -> list[Got]:
        """Requests that would change something."""
        return [got for got in self.asked if got.method != "GET"]

    def serve(self, got: Got) -> Iterable[Step]:
        self.asked.append(got)
        self.before(got)
        if got.method == "GET":
            told = self.reads.popleft() if self.reads else DONE
            return (self._read(got),) if told.steps is None else told.steps
        told = self.answers.popleft() if self.answers else DONE
        usual = self._change(got) if told.happens else b""
        return (usual,) if told.steps is None else told.steps

    # --- changes

    def _change(self, got: Got) -> bytes:
        path, body = got.target.removeprefix("/v1"), json.loads(got.body or b"{}")
        request_id = got.headers["x-request-id"]
        if path == "/mt-sms":
            return self._new_message(body, request_id)
        if match := re.fullmatch(r"/batchJobs/global-sims/(\w+)", path):
            return self._new_job(match[1], body, request_id)
        giccid, change = path.split("/")[2:4]
        refused = self._apply(giccid, change, body, request_id)
        return problem(422, refused) if refused else answer_json({})

    def _apply(self, giccid: str, change: str, body: dict[str, Any], request_id: str) -> str:
        """The code of a refusal, or ""."""
        sim = self.sims.get(giccid)
        if sim is None:
            return "missing"
        if change in TARGETS:
            if sim["status"] not in FROM_STATES[KINDS[change]]:
                return "illegal_status"
            sim["status"] = TARGETS[change]
        elif change == "basicServicePackage":
            sim["currentBasicServicePackage"] = {"name": body["basicServicePackageName"]}
        elif change == "supplementaryServicePackages":
            sim["supplementary"].append({"name": body["servicePackageName"]})
        elif change == "apn-status":
            for apn in sim["apnList"]:
                apn.update({"apnStatus": body["apnStatus"]} if apn["apnName"] == body["apnName"] else {})
        else:
            sim["custom"] = body
        self.effects.append(Effect(request_id, giccid, change))
        return ""

    def _new_message(self, body: dict[str, Any], request_id: str) -> bytes:
        sim = self.sims.get(body["toGiccid"])
        if sim is None or sim["status"] != "ACTIVATED":
            return problem(422, "missing" if sim is None else "illegal_status")
        message_id = f"m{len(self.messages) + 1}"
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
        more = {"status": "PENDING", "createdTime": now, "deliveredTime": None}
        self.messages[message_id] = {"smsMsgId": message_id, **body, **more}
        self.effects.append(Effect(request_id, body["toGiccid"], "sms"))
        return answer_json({"smsMsgId": message_id, "status": "PENDING"})

    def _new_job(self, change: str, body: dict[str, Any], request_id: str) -> bytes:
        job_id = f"job-{len(self.jobs) + 1}"
        tasks = [{"giccid": giccid, "status": "PENDING"} for giccid in body["giccids"]]
        self.jobs[job_id] = {"change": change, "body": body, "request": request_id, "tasks": tasks}
        self.jobs[job_id]["status"] = "PROCESSING"
        if not self.holds_jobs:
            self.finish(job_id)
        return answer_json({"jobId": job_id})

    def finish(self, job_id: str) -> None:
        """Carries the job out."""
        job = self.jobs[job_id]
        for task in job["tasks"]:
            refused = self._apply(task["giccid"], job["change"], job["body"], job["request"])
            task["status"], task["errorMessage"] = ("FAILED", refused) if refused else ("SUCCESS", "")
        job["status"] = "COMPLETED"

    # --- reads

    def _read(self, got: Got) -> bytes:
        parts = urlsplit(got.target.removeprefix("/v1"))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        steps = [unquote(step) for step in parts.path.split("/")[1:]]
        if steps[0] == "mt-sms":
            message = self.messages.get(steps[1])
            return answer_json(message) if message else problem(422, "missing")
        if steps[0] == "batchJobs":
            job = self.jobs.get(steps[1])
            if job is None:
                return problem(422, "missing")
            return self._page(query, job["tasks"], "tasks", jobId=steps[1], status=job["status"])
        if steps == ["global-sims", "changeLogs"]:
            return self._page(query, [log for log in self.logs if log["giccid"] == query.get("giccid")])
        if steps == ["global-sims"]:
            wanted = query.get("giccids", "").split(",")
            return self._page(query, [self._item(giccid) for giccid in wanted if giccid in self.sims])
        if steps[1] not in self.sims:
            return problem(422, "missing")
        sim = self.sims[steps[1]]
        if steps[-1] == "custom-field":
            return answer_json({f"custom{n}": sim["custom"].get(f"custom{n}") for n in range(1, 6)})
        more = {"currentSupplementaryServicePackages": sim["supplementary"]} if sim["supplementary"] else {}
        return answer_json(self._item(steps[1]) | more)

    def _item(self, giccid: str) -> dict[str, Any]:
        own = {"supplementary", "custom"}
        return {name: value for name, value in self.sims[giccid].items() if name not in own}

    def _page(self, query: dict[str, str], rows: list[Any], name: str = "data", **more: Any) -> bytes:
        page, size = int(query.get("page", 0)), min(self.largest_page, int(query.get("size", 30)))
        cut = rows[page * size : (page + 1) * size]
        return answer_json({name: cut, "page": page, "size": size, "total": len(rows), **more})
