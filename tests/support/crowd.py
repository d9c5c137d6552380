"""A dozen processes that share one budget, and an outsider with the same key: what they did to the platform.

    report = run(Crowd(base_url=..., redis_url=..., seconds=10))

Runs as a process of its own (`python -m tests.support.crowd`), so that forking is cheap and safe. The oracle is what
the platform said: every answer's status and headers, ours and the outsider's.
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

import redis
import time_machine

from smarthub_client import SmartHubClient, SmartHubError
from smarthub_client.budget import Budget, Purpose
from smarthub_client.budget_gate import Decision, Gatekeeper
from tests.support.sandbox import ROOT, die_with_parent
from tests.support.valkey import connect

SAME_WINDOW = 3.0  # whole seconds in headers blur a window's end by up to two


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


@dataclass(frozen=True)
class Window:
    """One window of the platform: requests it allowed, of how many, by whom."""

    used: int
    limit: int
    ours: int

    @property
    def share(self) -> float:
        return self.used / self.limit


@dataclass
class Report:
    """`windows`: those that ended before the run did, in order. Waits: milliseconds at the gate, sorted."""

    windows: list[Window]
    own_429: int
    outsider_429: int
    waits: list[float]
    asked_again: list[float]
    refused: list[str]
    requests: int

    def percentile(self, share: float) -> float:
        """Of the waits of people, in milliseconds."""
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * share))]

    def __str__(self) -> str:
        shares = " ".join(f"{100 * window.share:.1f}%" for window in self.windows)
        again = [round(wait) for wait in self.asked_again]
        waits = f"p50 {self.percentile(0.5):.1f} p99 {self.percentile(0.99):.1f} max {self.waits[-1]:.1f} ms"
        return (
            f"own 429: {self.own_429}, outsider's: {self.outsider_429}; windows used: {shares}; "
            f"people waited ({len(self.waits)}): {waits}, asked again {again}, "
            f"refused {len(self.refused)}; requests {self.requests}"
        )


def run(crowd: Crowd) -> Report:
    """Let them loose; returns when all have ended."""
    with tempfile.TemporaryDirectory(prefix="crowd-") as folder:
        command = [sys.executable, "-m", "tests.support.crowd", folder]
        subprocess.run(
            command,
            cwd=ROOT,
            input=json.dumps(asdict(crowd)).encode(),
            check=True,
            timeout=crowd.seconds + 60,
            preexec_fn=die_with_parent,
        )
        return _report([json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))])


def _report(logs: list[dict[str, Any]]) -> Report:
    ours = [answer for log in logs if log["kind"] != "outsider" for answer in log["answers"]]
    theirs = [answer for log in logs if log["kind"] == "outsider" for answer in log["answers"]]
    decisions = [decision for log in logs for decision in log["decisions"]]
    waits = sorted(1000 * waited for waited, _, _ in decisions)
    return Report(
        windows=_windows(ours, theirs, max(log["until"] for log in logs)),
        own_429=sum(answer["status"] == 429 for answer in ours),
        outsider_429=sum(answer["status"] == 429 for answer in theirs),
        waits=waits or [0.0],
        asked_again=sorted(1000 * waited for waited, tries, _ in decisions if tries > 1),
        refused=[reason for _, _, reason in decisions if reason],
        requests=len(ours),
    )


def _windows(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], until: float) -> list[Window]:
    """Answers that name the same end belong to the same window; the lowest "remaining" tells how full it got."""
    marked = sorted(
        (
            (answer["at"] + answer["reset"], is_ours, answer)
            for answers, is_ours in ((ours, 1), (theirs, 0))
            for answer in answers
        ),
        key=lambda entry: entry[0],
    )
    groups: list[list[tuple[float, int, dict[str, Any]]]] = []
    for entry in marked:
        if not groups or entry[0] > groups[-1][0][0] + SAME_WINDOW:
            groups.append([])
        groups[-1].append(entry)
    return [
        Window(
            used=group[0][2]["limit"] - min(answer["left"] for _, _, answer in group),
            limit=group[0][2]["limit"],
            ours=sum(is_ours for _, is_ours, answer in group if answer["status"] != 429),
        )
        for group in groups
        if group[0][0] < until
    ]


class _Member:
    """One process of the crowd."""

    def __init__(self, crowd: Crowd, kind: str, number: int, folder: Path, until: float) -> None:
        self.crowd, self.kind, self.until = crowd, kind, until
        self.file = folder / f"{number:02}-{kind}-{os.getpid()}.json"
        self.answers: list[dict[str, Any]] = []
        self.decisions: list[tuple[float, int, str]] = []
        self.random = random.Random(number)

    def client(self, purpose: Purpose | None) -> SmartHubClient:
        """`purpose` None: without any budget."""
        plain = SmartHubClient(self.crowd.base_url, self.crowd.api_key, timeout=5, sandbox=True)
        if purpose is None or not self.crowd.is_shared:
            return plain.using(on_reply=self.hear)
        budget = Budget(connect(self.crowd.redis_url), "crowd", failures=(redis.RedisError, OSError))
        note = self.decide if purpose is Purpose.INTERACTIVE else None
        keeper = Gatekeeper(budget, purpose, call_seconds=3, patience=1.0, on_decision=note)

        def on_reply(rate: Any, operation: str, status: int) -> None:
            keeper.on_reply(rate, operation, status)
            self.hear(rate, operation, status)

        return plain.using(gate=keeper.gate, on_reply=on_reply, on_failure=keeper.on_failure)

    def hear(self, rate: Any, operation: str, status: int) -> None:
        told = {"limit": rate.limit, "left": rate.remaining, "reset": rate.reset_in}
        self.answers.append({"at": time.monotonic(), "status": status, **told})

    def decide(self, decision: Decision) -> None:
        self.decisions.append((decision.waited, decision.tries, decision.reason))

    def live(self) -> None:
        """Send until the time is up, then write down what was seen. Background work is nice, as on a shared machine."""
        os.nice(0 if self.kind == "interactive" else 5)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            if self.kind == "outsider":
                self.barge_in()
            else:
                self.work(self.client(Purpose(self.kind)))
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
            with contextlib.suppress(SmartHubError):
                client.enterprise()
            time.sleep(pause * self.random.uniform(0.5, 1.5))

    def barge_in(self) -> None:
        client, crowd = self.client(None), self.crowd
        while time.monotonic() < self.until:
            time.sleep(self.random.expovariate(crowd.outsider_per_second / crowd.outsider_burst))
            for _ in range(crowd.outsider_burst):
                with contextlib.suppress(SmartHubError):
                    client.enterprise()


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


def main(folder: Path) -> None:
    """Fork all, disturb them, wait for them."""
    crowd = Crowd(**json.load(sys.stdin))
    started = time.monotonic()
    until = started + crowd.seconds
    children = []
    for number, kind in enumerate(_kinds(crowd)):
        offset = (number % 5 - 2) * 397.0 if crowd.clocks else 0.0
        member = _Member(crowd, kind, number, folder, until)
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
