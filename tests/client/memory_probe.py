"""Run as a program: calls the platform at argv[1] once per line of stdin, prints how each call ended as JSON.

A process of its own, because only a high-water mark of memory proves that nothing big was ever held.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from smarthub_client import SmartHubClient, SmartHubError


def peak_kilobytes() -> int:
    """High-water mark of this program. Not `ru_maxrss`: that one starts with the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    client = SmartHubClient(sys.argv[1], "key", timeout=float(sys.argv[2]), sandbox=True)
    client.enterprise()
    before = peak_kilobytes()
    for name in map(str.strip, sys.stdin):
        started = time.monotonic()
        try:
            client.account(name)
            ended = "answer"
        except SmartHubError as error:
            ended = type(error).__name__
        seconds = time.monotonic() - started
        grown = peak_kilobytes() - before
        result = {"name": name, "ended": ended, "seconds": seconds, "grown_kb": grown}
        sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
