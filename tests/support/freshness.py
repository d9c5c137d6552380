"""A fleet kept fresh on a platform with bad days: played small by the suite and large by `make sweep-campaign`.

Faults are on all the time, the data changes while it is read, and after each act mirror and platform are compared SIM
by SIM, without any code of the mirror's own (`compare`).
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from enterprise.models import Enterprise
from mirror.models import SyncRun
from sims.models import Hint, Sim
from tests.support.compare import Differences, differences
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import DELTA, READ_BACK, drive, new_run, piece

STATUSES = ("TEST_READY", "ACTIVATE_READY", "INVENTORY", "ACTIVATED", "DEACTIVATED", "RETIRED")
FAULTS: list[dict[str, Any]] = [
    {"operation": "*", "kind": "status", "status": 500, "probability": 0.05},
    {"operation": "*", "kind": "truncate", "probability": 0.02},
    {"operation": "sim_list", "kind": "shift", "rows": 3, "probability": 0.02},
    {"operation": "sim_list", "kind": "shift", "rows": -3, "probability": 0.02},
    {"operation": "change_logs", "kind": "shift", "rows": 2, "probability": 0.02},
]


MANY = 100_000  # pieces: a failing request ends one, and at 5 % a large fleet needs many


@dataclass
class Act:
    """One part of the trial: what it was, what it cost, and what the comparison found."""

    name: str
    seconds: float = 0.0
    runs: list[SyncRun] = field(default_factory=list)
    found: Differences = field(default_factory=Differences)

    def __str__(self) -> str:
        requests = sum(run.requests for run in self.runs)
        ends = ", ".join(f"{run.job.removeprefix('sims.')} {run.state}" for run in self.runs)
        return f"{self.name}: {self.seconds:.1f} s, {requests:,} requests ({ends}); {self.found}"


@dataclass
class Trial:
    """`pieces`: seconds a sweep works between two changes of the platform's data."""

    sandbox: SandboxProcess
    enterprise: Enterprise
    chance: random.Random = field(default_factory=lambda: random.Random(6))
    pieces: float = 0.0
    giccids: list[str] = field(default_factory=list)
    changed: int = 0
    acts: list[Act] = field(default_factory=list)
    tell: Callable[[str], None] = lambda _line: None

    def begin(self) -> None:
        self.sandbox.settings(usage_step_s=0, activation_delay_s=0, rate_limit=10**8)
        self.giccids = [item["giccid"] for item in self.sandbox.iterate_fleet()]
        self.sandbox.faults(FAULTS)

    @contextmanager
    def act(self, name: str) -> Iterator[Act]:
        act, started = Act(name), time.monotonic()
        yield act
        act.seconds = time.monotonic() - started
        act.found = differences(self.enterprise.pk, self.sandbox.iterate_fleet())
        self.acts.append(act)
        self.tell(str(act))

    def change(self, count: int) -> None:
        """Behind everyone's back, of the kinds the change logs tell (doc): status, package, IMEI."""
        for giccid in self.chance.sample(self.giccids, count):
            kind = self.chance.choice(("status", "status", "imei"))
            value = (
                self.chance.choice(STATUSES)
                if kind == "status"
                else f"35{self.chance.randrange(10**13):013d}"
            )
            self.sandbox.set_sim(giccid, **{kind: value})
        self.changed += count

    def come_and_go(self, count: int) -> None:
        """Of which no change log tells."""
        for giccid in self.chance.sample(self.giccids, count):
            self.sandbox.delete_sim(giccid)
            self.giccids.remove(giccid)
        self.giccids += self.sandbox.add_sims(count)

    def sweep_in_unrest(self, changes: int, moves: int) -> SyncRun:
        """A sweep, while after each piece SIMs change, and twice some come and go."""
        run, number = new_run(self.enterprise), 0
        while piece(run, seconds=self.pieces).is_open:
            number += 1
            self.change(changes)
            if number in (3, 9):
                self.come_and_go(moves)
        return run

    def read_all_back(self) -> list[SyncRun]:
        """Hints, also those that failed and would wait, until none is left."""
        done = []
        while Hint.objects.filter(enterprise=self.enterprise).exists():
            Hint.objects.filter(enterprise=self.enterprise).update(run_at=timezone.now())
            done.append(drive(new_run(self.enterprise, READ_BACK), pieces=MANY))
        return done

    def sweep_until_complete(self, *, at_most: int = 5) -> list[SyncRun]:
        """As the schedule would: again, until one is complete."""
        done = []
        for _ in range(at_most):
            done.append(drive(new_run(self.enterprise), pieces=MANY))
            if done[-1].state == SyncRun.State.SUCCEEDED:
                break
        return done

    def delta_until_complete(self, *, at_most: int = 5) -> list[SyncRun]:
        done = []
        for _ in range(at_most):
            done.append(drive(new_run(self.enterprise, DELTA), pieces=MANY))
            if done[-1].state == SyncRun.State.SUCCEEDED:
                break
        return done

    def play(self, *, changes: int, moves: int, lost: int) -> None:
        """`changes`: SIMs changed after each piece; `moves`: that come and go; `lost`: changed while jobs are off."""
        self.begin()
        with self.act("first sweep, data changing, faults on, pages from 0") as act:
            act.runs = [self.sweep_in_unrest(changes, moves)]
        with self.act("then change logs, read-back, and sweeps until one is complete, faults on") as act:
            act.runs = self.delta_until_complete() + self.read_all_back()
            act.runs += self.sweep_until_complete() + self.read_all_back()
        self.sandbox.settings(page_base=1)
        with self.act("sweep, data changing, faults on, pages from 1; then as before") as act:
            act.runs = [self.sweep_in_unrest(changes, moves)]
            act.runs += self.delta_until_complete() + self.read_all_back()
            act.runs += self.sweep_until_complete() + self.read_all_back()
        self.change(lost)
        Enterprise.objects.filter(pk=self.enterprise.pk).update(
            changes_until=timezone.now() - timedelta(days=1)
        )
        with self.act(f"a day without jobs, {lost:,} changes; nothing done yet"):
            pass
        with self.act("one delta and its read-back, faults on") as act:
            act.runs = [drive(new_run(self.enterprise, DELTA), pieces=MANY), *self.read_all_back()]

    def complaints(self) -> list[str]:
        """What was promised and not kept."""
        found = [
            f"{act.name}: {act.found}" for act in (self.acts[1], self.acts[2], self.acts[4]) if act.found
        ]
        found += [
            f"{act.name}: {len(act.found.buried)} wrong deletions" for act in self.acts if act.found.buried
        ]
        if not self.acts[3].found:
            found.append("nothing differed after a day without jobs: the trial proves nothing")
        gone = Sim.objects.filter(enterprise=self.enterprise).exclude(removed_at=None)
        if not gone.exists() or gone.filter(giccid__in=self.giccids).exists():
            found.append("not exactly what went was removed")
        return found
