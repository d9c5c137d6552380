"""Start one child process so that it can neither outlive us unnoticed nor hold our terminal."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)  # loaded before any fork: the child may only call it
_PR_SET_PDEATHSIG = 1
MARKER = "PORTAL_INSTANCE"


@dataclass(frozen=True)
class Spec:
    """What to start. `instance` marks every descendant, so that leftovers are known by more than a name."""

    name: str
    argv: tuple[str, ...]
    log: Path
    instance: str
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0


@dataclass
class Child:
    """A started process. Its process group id is its pid."""

    spec: Spec
    popen: subprocess.Popen[bytes]
    started_at: float

    @property
    def is_alive(self) -> bool:
        """Reap and tell; a zombie is not alive."""
        return self.popen.poll() is None

    def signal_group(self, number: signal.Signals) -> None:
        """Signal every process of the group; gone is fine."""
        with_group(self.popen.pid, number)


def with_group(pgid: int, number: signal.Signals) -> None:
    """Like killpg, for groups that may be gone."""
    try:
        os.killpg(pgid, number)
    except (ProcessLookupError, PermissionError):
        return


def _die_with(parent: int, number: signal.Signals) -> Callable[[], None]:
    def in_child() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before prctl: the signal would never come
            os._exit(1)

    return in_child


def spawn(spec: Spec) -> Child:
    """Start in its own process group, stdout and stderr appended to the log file, stdin closed.

    A file instead of a pipe: a stopped or killed supervisor can then neither block nor break a child.
    """
    spec.log.parent.mkdir(parents=True, exist_ok=True)
    log = os.open(spec.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        popen = subprocess.Popen(
            spec.argv,
            cwd=spec.cwd,
            env={**spec.env, MARKER: spec.instance},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=_die_with(os.getpid(), spec.stop_signal),  # we have one thread
        )
    finally:
        os.close(log)
    return Child(spec, popen, time.monotonic())


def stop(child: Child, seconds: float | None = None) -> bool:
    """Ask, wait, then kill the whole group. True if it went by itself."""
    if child.is_alive:
        child.popen.send_signal(child.spec.stop_signal)
    try:
        child.popen.wait(child.spec.stop_seconds if seconds is None else seconds)
    except subprocess.TimeoutExpired:
        child.signal_group(signal.SIGKILL)
        child.popen.wait(5)
        return False
    child.signal_group(signal.SIGKILL)
    return True
