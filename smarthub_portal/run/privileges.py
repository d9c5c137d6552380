"""PostgreSQL refuses to run as root; this finds the way down for that one child."""

import os
import pwd
import shutil
from pathlib import Path

from smarthub_portal.run.errors import StartError

# Linux capability numbers (linux/capability.h). Reading is enough; Docker's default has only the wider one.
_CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}


def unprivileged_user(data: Path) -> tuple[int, int]:
    """Return uid and gid for the child: the folder's owner if that is a person, else nobody."""
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def bounding_set(status: str) -> int:
    """Read CapBnd out of the text of /proc/self/status: what a process started by us may ever hold."""
    line = next((line for line in status.splitlines() if line.startswith("CapBnd:")), "CapBnd: 0")
    return int(line.split()[1], 16)


def drop_prefix(uid: int, gid: int, status: str) -> tuple[str, ...]:
    """Return the `setpriv` words that run the rest as `uid`, able to reach a checkout inside a 0700 folder.

    access(2) judges by the real uid and would ignore the capability but for `no_setuid_fixup`. setpriv sets
    the parent-death signal last; the kernel would clear one set before the change of user.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StartError(
            "As root, PostgreSQL needs the program setpriv (package util-linux), or run as a normal user."
        )
    words = [setpriv, "--reuid", str(uid), "--regid", str(gid), "--clear-groups", "--pdeathsig", "INT"]
    allowed = [name for name, bit in _CAPABILITIES.items() if bounding_set(status) >> bit & 1]
    if allowed:
        words += ["--securebits", "+no_setuid_fixup"]
        words += [f"--inh-caps=-all,+{allowed[0]}", f"--ambient-caps=-all,+{allowed[0]}"]
    return (*words, "--")


def as_unprivileged(data: Path) -> tuple[str, ...]:
    """Return the prefix for a PostgreSQL program that works on `data`; empty unless we are root."""
    if os.geteuid() != 0:
        return ()
    return drop_prefix(*unprivileged_user(data), Path("/proc/self/status").read_text(encoding="ascii"))
