"""The door for pushes on the portal's own web server, beside an empty Django view on the same server.

    python benchmarks/pushes.py [--seconds 20] [--rate 200]

Answers at a steady rate (each timed from the moment it was due), with everything healthy, with Valkey frozen and with
wake-ups lost; how long until the hint is set; and the highest rate sixteen senders reach. Web server, PostgreSQL,
Valkey, workers, beat, sandbox and senders share this machine's cores.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support import campaign
from tests.support.campaign import percentile
from tests.support.push_poster import Poster, signed
from tests.support.pushes_campaign_world import World

SENDERS = 16
SIMS = 2000
_WAITED = """
SELECT extract(epoch FROM e.created_at - p.received_at)::float FROM notifications_push p
  LEFT JOIN notifications_event e ON e.push_id = p.id WHERE p.id > %s
"""
_OPEN = "SELECT 1 FROM notifications_push WHERE state = 'new' LIMIT 1"
Make = Callable[[int], tuple[str, bytes]]
"""Address and body of the n-th request."""


@dataclass
class Load:
    """Seconds each answer took, and how many were not 200."""

    took: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds


@dataclass
class Nothing(campaign.Report):
    """A benchmark promises nothing."""

    @property
    def complaints(self) -> list[str]:
        return []


def load(port: int, make: Make, *, seconds: float, rate: float = 0) -> Load:
    """`rate` requests a second, or (0) as many as sixteen senders get answered."""
    found, lock, began = Load(), threading.Lock(), time.monotonic()
    numbers = iter(range(10**9))

    def send() -> None:
        poster = Poster(port, timeout=30)
        while True:
            with lock:
                number = next(numbers)
            due = began + number / rate if rate else time.monotonic()
            if max(due, time.monotonic()) >= began + seconds:
                return poster.close()
            time.sleep(max(0.0, due - time.monotonic()))
            status = poster.post(*make(number))
            with lock:
                found.took.append(time.monotonic() - due)
                found.refused += status != 200

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.seconds = time.monotonic() - began
    return found


class Bench:
    """`rows` of the table, once `play` has ended."""

    def __init__(self, world: World, seconds: float, rate: float) -> None:
        self.world, self.seconds, self.rate = world, seconds, rate
        self.serial = 0
        self.rows: list[tuple[str, Load, list[float]]] = []

    def settle_in(self) -> None:
        from django.db import connection  # noqa: PLC0415

        from notifications import addresses  # noqa: PLC0415
        from tests.support.campaign_stage import connected  # noqa: PLC0415

        self.world.sandbox.settings(rate_limit=10**6, window_s=2, usage_step_s=0)
        enterprise = connected(self.world.sandbox)
        url = addresses.urls(addresses.ensure(enterprise).values())["sim-status"]
        self.path, self.key = urlsplit(url).path, enterprise.reveal("push_key")
        self.giccids = [item["giccid"] for item in self.world.sandbox.iterate_fleet()]
        connection.close()
        self.world.staff()
        self.world.await_door()

    def play(self) -> None:
        self.settle_in()
        load(self.world.port, self.push, seconds=3, rate=self.rate)  # pools are filled, code is warm
        self.empty("empty view, steady", self.rate)
        self.measured("pushes, healthy")
        self.world.valkey.freeze()
        self.measured("pushes, Valkey frozen")
        self.world.valkey.thaw()
        self.empty("empty view, as fast as it goes", 0)
        self.measured("pushes, as fast as it goes", 0)
        os.environ["BENCH_WITHOUT_WAKE_UPS"] = "1"
        self.world.end_processes()
        self.world.staff()
        self.world.await_door()
        time.sleep(5)
        self.measured("pushes, wake-ups lost")

    def push(self, _number: int) -> tuple[str, bytes]:
        self.serial += 1
        body = {"giccid": self.giccids[self.serial % len(self.giccids)], "original": "ACTIVATED"}
        return self.path, signed(body | {"target": "RETIRED", "serial": self.serial}, self.key)

    def empty(self, name: str, rate: float) -> None:
        body = json.dumps({"giccid": "1" * 19, "target": "RETIRED", "signature": "0" * 64}).encode()
        found = load(self.world.port, lambda _n: ("/empty/", body), seconds=self.seconds, rate=rate)
        self.note(name, found, [])

    def measured(self, name: str, rate: float | None = None) -> None:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(self.world.database.url, autocommit=True) as database:
            self._await_calm(database)
            row = database.execute("SELECT coalesce(max(id), 0) FROM notifications_push").fetchone()
            assert row
            found = load(
                self.world.port, self.push, seconds=self.seconds, rate=self.rate if rate is None else rate
            )
            until = time.monotonic() + 3  # still frozen, if it is
            while time.monotonic() < until:
                time.sleep(0.1)
            waited = [w if w is not None else float("inf") for (w,) in database.execute(_WAITED, row)]
        self.note(name, found, waited)

    def _await_calm(self, database: Any) -> None:
        until = time.monotonic() + 60
        while database.execute(_OPEN).fetchone() and time.monotonic() < until:
            time.sleep(0.2)

    def note(self, name: str, found: Load, waited: list[float]) -> None:
        self.rows.append((name, found, waited))
        words = f"{name}: {found.rate:.0f}/s, p95 {1000 * percentile(found.took, 0.95):.1f} ms"
        campaign.tell_now(f"{words}, {found.refused} refused, load {os.getloadavg()[0]:.1f}")

    def table(self) -> str:
        bases = {True: self.rows[0], False: next(row for row in self.rows if "empty view, as" in row[0])}
        lines = [
            "| | a second | p50 ms | p95 ms | p99 ms | against the empty view | not 200 | until the hint p50, p95 |",
            "|---|--:|--:|--:|--:|--:|--:|--:|",
        ]
        for name, found, waited in self.rows:
            is_steady = "fast" not in name
            base = bases[is_steady][1]
            ratio = (
                percentile(found.took, 0.95) / percentile(base.took, 0.95)
                if is_steady
                else found.rate / base.rate
            )
            took = " | ".join(f"{1000 * percentile(found.took, share):.1f}" for share in (0.5, 0.95, 0.99))
            hint = f"{percentile(waited, 0.5):.3f} s, {percentile(waited, 0.95):.3f} s" if waited else ""
            what = "p95" if is_steady else "rate"
            lines.append(
                f"| {name} | {found.rate:.0f} | {took} | {ratio:.2f} × {what} | {found.refused} | {hint} |"
            )
        return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=200)
    options = parser.parse_args()
    benches: list[Bench] = []

    def act(world: World) -> Nothing:
        benches.append(Bench(world, options.seconds, options.rate))
        benches[0].play()
        return Nothing()

    def make(folder: Path) -> World:
        return World(folder, sims=SIMS, seed=1, web="benchmarks.pushes_web")

    before = os.getloadavg()[0]
    campaign.play("pushes-bench", {"CAMPAIGN_LEASE": "30", "CAMPAIGN_WIDEST": "7200"}, make, act)
    print(f"\nLoad before {before:.1f}, at the end {os.getloadavg()[0]:.1f}; {os.cpu_count()} cores.\n")
    print(benches[0].table())


if __name__ == "__main__":
    main()
