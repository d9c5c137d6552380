"""A campaign's own world: PostgreSQL, Valkey, sandbox, and real processes of the portal; and how each of them suffers.

Which processes, says the subclass. Everything is started from the main thread and dies with it. PostgreSQL keeps fsync
on: what was committed must be there after a kill -9.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from smarthub_portal.run import leftovers, postgres, process
from smarthub_portal.run.instance import instance_of
from tests.support.sandbox import ROOT, SandboxProcess, die_with_parent
from tests.support.valkey import OwnValkey, connect

PLAIN = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING")
Crew = dict[str, tuple[str, ...]]
"""Name of each process -> what follows `python -m`."""


def children_of(pid: int) -> list[int]:
    """Pids of the processes a worker or a web server works with, whichever of its threads started them."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in task.read_text().split()]
    return found


class World:
    """`with World(folder, …) as world`. `counts`: what was done to it."""

    def __init__(self, folder: Path, *, sims: int, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.sandbox, self.valkey = SandboxProcess(sims=sims), OwnValkey()
        self.instance = instance_of(folder)
        self.database = postgres.Postgres(folder / "postgres", folder / "postgres.log", self.instance)
        self.spec: process.Spec | None = None
        self.server: process.Child | None = None
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.stopped: dict[int, float] = {}
        self.thaws_at = 0.0
        self.counts: dict[str, int] = {}

    # --- up and down

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True)
        try:
            self.spec = self.database.prepare()
            self._start_postgres()
            self.valkey.start()
            self.sandbox.start()
        except BaseException:
            self.close()
            raise
        os.environ.update(DATABASE_URL=self.database.url, REDIS_URL=self.valkey.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends all, frozen or not."""
        self.end_processes()
        self.valkey.thaw() if self.valkey.process else None
        self.valkey.kill()
        self.valkey.folder.cleanup()
        self.sandbox.stop()
        if self.server:
            process.stop(self.server)
        leftovers.end(None, self.database.data.resolve(), grace=0)
        for name in ("postgres", "valkey"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def end_processes(self) -> None:
        for child in self.processes.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self.processes.clear()

    def _start_postgres(self) -> None:
        assert self.spec
        self.database.clear_lock()
        self.server = process.spawn(self.spec)
        deadline = time.monotonic() + 60
        while not postgres.is_ready(self.database.url):
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL did not get ready; see {self.database.log}")
            time.sleep(0.05)

    def crew(self) -> Crew:
        """Every process of the portal beside the beat."""
        raise NotImplementedError

    def staff(self) -> None:
        """Starts every process that is not there."""
        schedule = str(self.folder / "beat")
        beat = ("celery", "-A", "smarthub_portal", "beat", "-s", schedule, "--pidfile=", "-l", "WARNING")
        for name, words in {**self.crew(), "beat": beat}.items():
            self._ensure(name, words)

    def _ensure(self, name: str, words: tuple[str, ...]) -> None:
        child = self.processes.get(name)
        if child is not None and child.poll() is None:
            return
        if child is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=die_with_parent,
            )

    # --- what is done to it

    def _note(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    @property
    def kills(self) -> int:
        return sum(
            self.counts.get(name, 0) for name in ("pool kills", "web kills", "worker kills", "beat kills")
        )

    @property
    def sleepers(self) -> list[str]:
        """Names of those whose processes may stand still for a while."""
        return [name for name in self.processes if name.startswith("worker")]

    def kill_someone(self) -> None:
        """Mostly a process at work, sometimes a whole worker, now and then the beat."""
        draw = self.random.random()
        if draw < 0.04 and self._kill_group("beat"):
            return self._note("beat kills")
        name = self.random.choice([name for name in self.processes if name != "beat"])
        children = children_of(self.processes[name].pid)
        if not children:  # it is only starting
            return None
        if draw < 0.15:
            return self._note("worker kills") if self._kill_group(name) else None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.random.choice(children), signal.SIGKILL)
            self._note("web kills" if name == "web" else "pool kills")
        return None

    def _kill_group(self, name: str) -> bool:
        child = self.processes.get(name)
        if child is None or child.poll() is not None:
            return False
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        return True

    def stall(self, seconds: float) -> None:
        """One process at work stands still, as on a machine that sleeps."""
        children = [pid for name in self.sleepers for pid in children_of(self.processes[name].pid)]
        if children:
            pid = self.random.choice(children)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                self.stopped[pid] = time.monotonic() + seconds
                self._note("stalled processes")

    def flush(self, _seconds: float = 0) -> None:
        with contextlib.suppress(Exception):
            client: Any = connect(self.valkey.url, 2)
            client.flushall()
            client.script_flush()
            self._note("FLUSHALL")

    def freeze(self, seconds: float) -> None:
        if self.valkey.process and not self.thaws_at:
            self.valkey.freeze()
            self.thaws_at = time.monotonic() + seconds
            self._note("Valkey frozen")

    def kill_valkey(self, _seconds: float = 0) -> None:
        self.thaws_at = 0.0
        self.valkey.kill()
        self.valkey.start()
        self._note("Valkey kills")

    def kill_postgres(self, _seconds: float = 0) -> None:
        """All of its processes at once, as when the machine loses them; then it recovers from its log."""
        leftovers.end(None, self.database.data.resolve(), grace=0)
        if self.server:
            self.server.popen.wait(10)
        self._start_postgres()
        self._note("PostgreSQL kills")

    def tend(self) -> None:
        """Wakes what slept long enough, starts what died."""
        now = time.monotonic()
        if self.thaws_at and now > self.thaws_at:
            self.thaws_at = 0.0
            self.valkey.thaw()
        for pid in [pid for pid, until in self.stopped.items() if now > until]:
            del self.stopped[pid]
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self.staff()
