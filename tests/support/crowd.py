"""A dozen processes with the portal's own clients on one budget, and an outsider with the same key: what they did.

    report = run(Crowd(base_url=..., redis_url=..., seconds=10))

Runs as a process of its own (`python -m tests.support.crowd`), so that forking is cheap and safe. Clients come from
`enterprise.connections.client_for`; no database is needed for that.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import django
import requests
import time_machine

from smarthub_client import BudgetExhausted, SmartHubClient, SmartHubError
from smarthub_client.budget import Purpose
from smarthub_client.reply import read_rate
from tests.support.crowd_report import Report, report_of
from tests.support.sandbox import ROOT, die_with_parent
from tests.support.valkey import connect

LONGEST_NAP = (
    0.2  # a deferred run sleeps until it is worth asking again; windows here are 450 times shorter than real
)
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "smarthub_portal.settings",
    "PORTAL_SECRET_KEY": "only-for-the-crowd-only-for-the-crowd-only-for-the-crowd",
    "PORTAL_FIELD_KEYS": "dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtMTE=",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
}


@dataclass
class Crowd:
    """`interactive_pause`: seconds between two requests of one person. `clocks`: every other process's wall clock is
    wrong by minutes. `is_shared` False: the negative control, nobody asks the shared script. `flush_at`: seconds after
    which the shared state is wiped. `outsider_per_second` 0: nobody else uses the key.
    """

    base_url: str
    api_key: str
    redis_url: str
    seconds: float
    sweeps: int = 7
    people: int = 3
    commands: int = 1
    polls: int = 1
    interactive_pause: float = 0.6
    outsider_per_second: float = 0
    outsider_burst: int = 1
    clocks: bool = False
    is_shared: bool = True
    flush_at: list[float] = field(default_factory=list)
    kill_at: list[float] = field(default_factory=list)


def run(crowd: Crowd) -> Report:
    """Let them loose; returns when all have ended."""
    with tempfile.TemporaryDirectory(prefix="crowd-") as folder:
        command = [sys.executable, "-m", "tests.support.crowd", folder]
        subprocess.run(
            command,
            cwd=ROOT,
            input=json.dumps(asdict(crowd)).encode(),
            check=True,
            env={**os.environ, **ENVIRONMENT, "REDIS_URL": crowd.redis_url},
            timeout=crowd.seconds + 60,
            preexec_fn=die_with_parent,
        )
        return report_of([json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))])


class _Member:
    """One process of the crowd."""

    def __init__(
        self, crowd: Crowd, enterprise: Any, kind: str, number: int, folder: Path, until: float
    ) -> None:
        self.crowd, self.enterprise, self.kind, self.until = crowd, enterprise, kind, until
        self.file = folder / f"{number:02}-{kind}-{os.getpid()}.json"
        self.answers: list[dict[str, Any]] = []
        self.decisions: list[tuple[float, str]] = []
        self.random = random.Random(number)

    def client(self) -> SmartHubClient:
        """The portal's own, watched; for the negative control one without any budget."""
        from enterprise.connections import client_for  # noqa: PLC0415 - only after django.setup()

        if not self.crowd.is_shared:
            plain = SmartHubClient(self.crowd.base_url, self.crowd.api_key, timeout=5, sandbox=True)
            return plain.using(on_reply=self.hear)
        made = client_for(self.enterprise, purpose=Purpose(self.kind), seconds=5)
        hooks = made._caller.hooks
        assert hooks.gate and hooks.on_reply

        def gate(operation: str) -> None:
            started = time.monotonic()
            reason = ""
            try:
                hooks.gate(operation)  # type: ignore[misc]
            except BudgetExhausted as refused:
                reason = refused.reason
                raise
            finally:
                if self.kind == Purpose.INTERACTIVE:
                    self.decisions.append((time.monotonic() - started, reason))

        def on_reply(rate: Any, operation: str, status: int) -> None:
            hooks.on_reply(rate, operation, status)  # type: ignore[misc]
            self.hear(rate, operation, status)

        return made.using(gate=gate, on_reply=on_reply)

    def hear(self, rate: Any, operation: str, status: int) -> None:
        told = {"limit": rate.limit, "left": rate.remaining, "reset": rate.reset_in}
        self.answers.append({"at": time.monotonic(), "status": status, **told})

    def live(self) -> None:
        """Send until the time is up, then write down what was seen. Background work is nice, as on a shared machine."""
        os.nice(0 if self.kind == "interactive" else 5)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            if self.kind == "outsider":
                self.barge_in()
            else:
                self.work(self.client())
        finally:
            log = {
                "kind": self.kind,
                "until": self.until,
                "answers": self.answers,
                "decisions": self.decisions,
            }
            self.file.write_text(json.dumps(log))

    def work(self, client: SmartHubClient) -> None:
        pause = {"interactive": self.crowd.interactive_pause, "commands": 0.5, "poll": 0.3}.get(
            self.kind, 0.0
        )
        time.sleep(self.random.uniform(0, pause))
        while time.monotonic() < self.until:
            try:
                client.enterprise()
            except BudgetExhausted as refused:
                self.nap(refused)
            except SmartHubError:
                pass
            time.sleep(pause * self.random.uniform(0.5, 1.5))

    def nap(self, refused: BudgetExhausted) -> None:
        wait = refused.retry_at.timestamp() - time.time()
        time.sleep(min(max(0.0, wait), LONGEST_NAP) * self.random.uniform(0.5, 1))

    def barge_in(self) -> None:
        """Somebody else's program: it knows the key and nothing of us."""
        crowd, session = self.crowd, requests.Session()
        session.headers["X-API-Key"] = crowd.api_key
        while time.monotonic() < self.until:
            time.sleep(self.random.expovariate(crowd.outsider_per_second / crowd.outsider_burst))
            for _ in range(crowd.outsider_burst):
                with contextlib.suppress(requests.RequestException):
                    answer = session.get(f"{crowd.base_url}/enterprise", timeout=5)
                    headers = {name.lower(): value for name, value in answer.headers.items()}
                    self.hear(read_rate(headers), "enterprise", answer.status_code)


def _fork(live: Callable[[], None], offset: float) -> int:
    child = os.fork()
    if child:
        return child
    try:
        die_with_parent()
        with time_machine.travel(time.time() + offset, tick=True) if offset else contextlib.nullcontext():
            live()
    finally:
        os._exit(0)


def _kinds(crowd: Crowd) -> Iterable[str]:
    yield from ["sweep"] * crowd.sweeps + ["interactive"] * crowd.people + ["commands"] * crowd.commands
    yield from ["poll"] * crowd.polls + ["outsider"] * (crowd.outsider_per_second > 0)


def _enterprise(crowd: Crowd) -> Any:
    """A connection as a row would be; made before the processes part, so that all see the same sealed key."""
    django.setup()
    from enterprise.models import Enterprise  # noqa: PLC0415 - only after django.setup()

    enterprise = Enterprise(name="Crowd", base_url=crowd.base_url, is_sandbox=True)
    enterprise.set_secret("api_key", crowd.api_key)
    return enterprise


def main(folder: Path) -> None:
    """Fork all, disturb them, wait for them."""
    crowd = Crowd(**json.load(sys.stdin))
    enterprise = _enterprise(crowd)
    started = time.monotonic()
    until = started + crowd.seconds
    children = []
    for number, kind in enumerate(_kinds(crowd)):
        offset = (number % 5 - 2) * 397.0 if crowd.clocks else 0.0
        member = _Member(crowd, enterprise, kind, number, folder, until)
        children.append(_fork(member.live, offset))
    client = connect(crowd.redis_url)
    events = sorted([(at, "flush") for at in crowd.flush_at] + [(at, "kill") for at in crowd.kill_at])
    for at, what in events:
        time.sleep(max(0.0, started + at - time.monotonic()))
        if what == "flush":
            client.flushdb()
            client.script_flush()
        else:
            os.kill(children[0], signal.SIGKILL)
            os.waitpid(children.pop(0), 0)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
