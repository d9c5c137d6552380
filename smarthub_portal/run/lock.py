"""One supervisor per data folder: the folder's owner, its mode, and a lock the kernel frees when we die."""

import fcntl
import os
import pwd
import time
from pathlib import Path
from typing import TextIO

from smarthub_portal.run.errors import StartError

WAIT_SECONDS = 25.0


def open_folder(data: Path) -> None:
    """Make PORTAL_DATA private (0700) and make sure we can write there."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = data.stat().st_uid
        if owner != os.geteuid():
            raise StartError(
                f"PORTAL_DATA={data} belongs to {_user(owner)}: run as that user or set another folder."
            )
        data.chmod(0o700)
        (data / "logs").mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise StartError(
            f"PORTAL_DATA={data} cannot be used: {error.strerror}; set PORTAL_DATA to a folder of yours."
        ) from None


def acquire(data: Path) -> TextIO:
    """Take the lock, or name the process that has it.

    While an earlier supervisor was killed, its guardian still holds the lock and tidies up: wait for that.
    """
    lock = (data / "supervisor.lock").open("a+", encoding="ascii")
    deadline = time.monotonic() + WAIT_SECONDS
    while not _try(lock):
        lock.seek(0)
        pid = lock.read().strip()
        if pid and _is_running(pid):
            raise StartError(
                f"A portal with PORTAL_DATA={data} is running already (process {pid.split()[0]})."
            )
        if time.monotonic() > deadline:
            raise StartError(f"PORTAL_DATA={data} is still locked by processes of an earlier run; try again.")
        time.sleep(0.1)
    lock.truncate(0)
    lock.write(f"{os.getpid()} {started_at(os.getpid())}\n")
    lock.flush()
    return lock


def is_held(data: Path) -> bool:
    """Say whether a supervisor (or its guardian) lives, without disturbing it."""
    path = data / "supervisor.lock"
    if not path.exists():
        return False
    with path.open("r", encoding="ascii") as lock:
        pid = lock.read().strip()
    return bool(pid) and _is_running(pid)


def started_at(pid: int) -> str:
    """Return the start time in clock ticks since boot (proc(5), field 22): a reused pid has another."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]


def _try(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_running(text: str) -> bool:
    pid, _, start = text.partition(" ")
    return pid.isdigit() and bool(start) and started_at(int(pid)) == start


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
