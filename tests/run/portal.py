"""A real `manage.py run` for tests: own data folder, own ports, ended with its test run."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from smarthub_portal.run import leftovers, process
from smarthub_portal.run.instance import instance_of
from smarthub_portal.run.main import answers
from smarthub_portal.run.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
OURS = ("PORTAL_", "SANDBOX_", "DATABASE_URL", "REDIS_URL", "PROMETHEUS_", "DJANGO_SETTINGS_MODULE")


def until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Wait for a condition; return how long it took."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - begun


class Portal:
    """One data folder; it may be started several times."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.port, self.sandbox_port = free_port(), free_port()
        ports = {"PORTAL_PORT": str(self.port), "SANDBOX_PORT": str(self.sandbox_port), "SANDBOX_SIMS": "50"}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.env = {**inherited, **ports, "PORTAL_DATA": str(data), **settings}
        self.output = data.with_suffix(".out")
        self.child: process.Child | None = None

    def start(self) -> None:
        """Start without waiting."""
        self.output.unlink(missing_ok=True)
        argv = (sys.executable, str(ROOT / "manage.py"), "run")
        self.child = process.spawn(process.Spec("run", argv, self.output, "run-under-test", self.env, ROOT))

    def said(self) -> str:
        """All that it printed since its start."""
        return self.output.read_text() if self.output.exists() else ""

    def wait_ready(self, seconds: float = 180) -> float:
        """Wait for the banner; return how long it took."""

        def is_told() -> bool:
            assert self.child.is_alive, self.said()
            return "is ready in" in self.said()

        return until(is_told, seconds, "the banner")

    def wait_end(self, seconds: float = 60) -> int:
        """Return the exit code."""
        return self.child.popen.wait(seconds)

    def is_ready(self) -> bool:
        """Ask /readyz."""
        return answers(self.port, "/readyz")

    def processes(self) -> list[int]:
        """Everything it started that lives, backends and pool processes included."""
        return leftovers.find(instance_of(self.data), self.data / "postgres" / "data")

    def pid_of(self, name: str) -> int:
        """Find the main process of a child by what only its command line has. 0 while there is none."""
        marks = {
            "postgres": f"-D\0{self.data}",
            "valkey": "valkey",
            "web": "granian",
            "worker": "worker@",
            "worker-commands": "worker-commands@",
            "worker-pushes": "worker-pushes@",
            "beat": "\0beat\0",
        }
        for pid in sorted(self.processes()):
            with suppress(FileNotFoundError, ProcessLookupError):  # it may end while we look
                parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
                command = Path(f"/proc/{pid}/cmdline").read_text()
                if int(parent) == self.child.popen.pid and marks[name] in command:
                    return pid
        return 0

    def kill(self) -> None:
        """Like a power cut for the supervisor alone."""
        os.kill(self.child.popen.pid, signal.SIGKILL)
        self.child.popen.wait(5)

    def clean_up(self) -> None:
        """Whatever the test left."""
        if self.child and self.child.is_alive:
            self.child.popen.send_signal(signal.SIGTERM)
            self.wait_end()
        leftovers.end(instance_of(self.data), self.data / "postgres" / "data", grace=0)
