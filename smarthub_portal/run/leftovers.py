"""Find and end processes of an earlier run of this data folder, known by marker and folder, never by name."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from smarthub_portal.run.process import MARKER


def _is_zombie(folder: Path) -> bool:
    stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
    return stat.rpartition(")")[2].split()[0] in {"Z", "X"}


def _belongs(folder: Path, marker: bytes | None, data: Path | None) -> bool:
    """Marked by us in its environment, or (PostgreSQL overwrites that) at home in our database folder."""
    try:
        if _is_zombie(folder):
            return False
        if marker and marker in (folder / "environ").read_bytes().split(b"\0"):
            return True
        return data is not None and (folder / "cwd").readlink() == data
    except (OSError, IndexError):  # gone meanwhile, or another user's
        return False


def find(instance: str | None, data: Path | None = None) -> list[int]:
    """Return the pids of living processes marked with `instance` or working inside the folder `data`."""
    marker = f"{MARKER}={instance}".encode() if instance else None
    folders = [path for path in Path("/proc").iterdir() if path.name.isdigit()]
    me = os.getpid()
    return [int(path.name) for path in folders if int(path.name) != me and _belongs(path, marker, data)]


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def end(instance: str | None, data: Path | None = None, grace: float = 5.0) -> int:
    """Give them `grace` seconds to go by themselves, then kill. Return how many had to be killed."""
    deadline = time.monotonic() + grace
    while find(instance, data) and time.monotonic() < deadline:
        time.sleep(0.1)
    killed = 0
    for _ in range(50):  # a dying parent may have forked once more
        pids = find(instance, data)
        if not pids:
            break
        killed += len(pids)
        _signal(pids, signal.SIGKILL)
        time.sleep(0.1)
    return killed
