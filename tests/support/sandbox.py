"""A SmartHub platform for tests: `with SandboxProcess() as sandbox:` runs `python -m sandbox` on a free port.

Loopback only. The process dies with the thread that started it (Linux PDEATHSIG): start it in the main one.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
READY_S = 60.0
DEFAULT_SETTINGS: dict[str, Any] = {
    "page_base": 0,
    "rate_limit": 5000,
    "window_s": 3600,
    "reset_style": "seconds",
    "activation_delay_s": 2,
    "job_delay_s": 3,
    "sms_delay_s": 2,
    "usage_step_s": 3600,
    "push_date_style": "number",
    "push_retry_s": [5, 30, 120],
    "push_timeout_s": 5,
}
_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def die_with_parent() -> None:
    """For `preexec_fn`: the kernel kills the child when its parent ends, however it ends."""
    _libc.prctl(_PDEATHSIG, signal.SIGKILL)


class SandboxProcess:
    """One running sandbox. `base_url` ends in /v1; `api_key` and `control_token` are its secrets."""

    def __init__(self, *, sims: int = 200, seed: int = 1, data: Path | None = None) -> None:
        self.sims, self.seed = sims, seed
        self.api_key, self.control_token = "test-key", "test-token"
        self._temporary = tempfile.TemporaryDirectory(prefix="sandbox-") if data is None else None
        self.data = data or Path(self._temporary.name if self._temporary else "")
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """What a client is configured with: `http://127.0.0.1:PORT/v1`."""
        return f"{self.origin}/v1"

    @property
    def environment(self) -> dict[str, str]:
        """The environment the process is started with."""
        return {
            **os.environ,
            "SANDBOX_PORT": str(self.port),
            "SANDBOX_DATA": str(self.data),
            "SANDBOX_API_KEY": self.api_key,
            "SANDBOX_CONTROL_TOKEN": self.control_token,
            "SANDBOX_SIMS": str(self.sims),
            "SANDBOX_SEED": str(self.seed),
        }

    def start(self) -> Self:
        """Start on a free port (or the same as before) and wait until it answers."""
        self.port = self.port or free_port()
        command = [sys.executable, "-m", "sandbox"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, preexec_fn=die_with_parent)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the sandbox ended with code {self.process.returncode}")
            try:
                with urllib.request.urlopen(f"{self.origin}/healthz", timeout=1):
                    return self
            except OSError:
                time.sleep(0.02)
        self.kill()
        raise TimeoutError("the sandbox did not get ready")

    def stop(self) -> None:
        """Ask it to end (SIGTERM), wait, and remove its temporary data."""
        self._end(signal.SIGTERM)
        if self._temporary is not None:
            self._temporary.cleanup()

    def kill(self) -> None:
        """kill -9; the data stays, so `start` continues where it was."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def control(self, method: str, path: str, body: Any = None, *, timeout: float = 60) -> Any:
        """Call `/control/…` and return its JSON; a refusal is an AssertionError with the answer's text."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Control-Token": self.control_token}
        request = urllib.request.Request(
            f"{self.origin}/control/{path}", data=data, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            raise AssertionError(f"{method} /control/{path}: {problem.read().decode()}") from problem

    def settings(self, **wanted: Any) -> dict[str, Any]:
        """Merge settings (none: just read them); returns all of them."""
        return dict(self.control("PUT", "settings", wanted))

    def faults(self, wanted: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
        """Install a list of faults, or with None read the present ones with their `fired` counts."""
        return list(
            self.control("GET", "faults") if wanted is None else self.control("PUT", "faults", wanted)
        )

    def ledger(self, *, after: int = 0) -> list[dict[str, Any]]:
        """Every effect with a `seq` above `after`, oldest first."""
        found: list[dict[str, Any]] = []
        while page := self.control("GET", f"ledger?after={after}&limit=10000")["data"]:
            found.extend(page)
            after = page[-1]["seq"]
        return found

    def fleet(self) -> list[dict[str, Any]]:
        """Every SIM as a list item, in order of giccid."""
        return list(self.iterate_fleet())

    def iterate_fleet(self, *, limit: int = 10_000) -> Iterator[dict[str, Any]]:
        """The same, page by page, for large fleets."""
        after = ""
        while page := self.control("GET", f"fleet?after={after}&limit={limit}")["data"]:
            yield from page
            after = page[-1]["giccid"]

    def set_sim(self, giccid: str, **values: Any) -> dict[str, Any]:
        """Change one SIM behind everyone's back: status, imei, package, usage, apn={name: state}, po, …"""
        return dict(self.control("POST", "fleet", {"giccid": giccid, "set": values}))

    def delete_sim(self, giccid: str) -> None:
        """Remove one SIM."""
        self.control("POST", "fleet", {"giccid": giccid, "delete": True})

    def add_sims(self, count: int = 1) -> list[str]:
        """Append SIMs to the fleet; returns their giccids."""
        return list(self.control("POST", "fleet", {"add": count})["added"])

    def push_targets(self, urls: dict[str, str], *, key: str = "test-push-key") -> None:
        """Push the kinds named to these URLs from now on, and no others."""
        self.control("PUT", "push-targets", {"key": key, "urls": urls})

    def push(self, kind: str, **order: Any) -> dict[str, Any]:
        """Order pushes: giccid, count, rate, duplicates, forged, delay, reorder, seed; returns what was queued."""
        return dict(self.control("POST", "pushes", {"kind": kind, **order}))

    def pushes(self, *, after: int = 0) -> list[dict[str, Any]]:
        """Every delivery with an `id` above `after`: status, attempts, last_status, body, …"""
        found: list[dict[str, Any]] = []
        while page := self.control("GET", f"pushes?after={after}&limit=10000")["data"]:
            found.extend(page)
            after = page[-1]["id"]
        return found

    def reset(self, *, sims: int | None = None, seed: int | None = None) -> None:
        """A fresh fleet, default settings, no faults, no push targets, a full budget."""
        self.push_targets({})
        self.control("PUT", "faults", [])
        self.control("PUT", "settings", DEFAULT_SETTINGS)
        wanted = {"sims": self.sims if sims is None else sims, "seed": self.seed if seed is None else seed}
        self.control("POST", "fleet", wanted, timeout=600)
