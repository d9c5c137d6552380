"""Exports and selections of 100,000 SIMs: time, size and memory, each in a process of its own.

    python benchmarks/exports.py [--size 100000] [--rounds 3]

CSV is fetched through the whole stack; XLSX is made as the worker does. "First answer" is what a
person waits for, "own CPU" that of Python without PostgreSQL. Memory is what the process grew by at its peak. The
median of the rounds is printed.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import stage

NAMES = (
    "CSV",
    "XLSX by a worker",
    "freeze all that match",
    "50,000 ICCIDs pasted",
    "50,000 ICCIDs as XLSX",
)
HEAD = "| first answer | seconds | own CPU | MB made | peak memory |\n|---|--:|--:|--:|--:|--:|"
Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--one", choices=NAMES, help="measure one and print JSON (used by the command itself)"
    )
    given = parser.parse_args()
    if given.one:
        print(json.dumps(_one(given.one)))
        return
    with stage.servers():
        stage.fleet(given.size)
        print(f"| {given.size:,} SIMs {HEAD}")
        for name in NAMES:
            print(_line(name, [_child(name) for _round in range(given.rounds)]), flush=True)


def _child(name: str) -> Figures:
    command = [sys.executable, __file__, "--one", name]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _line(name: str, rounds: list[Figures]) -> str:
    figures = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    first = f"{figures['first'] * 1000:.0f} ms" if figures["first"] else "–"
    cells = [
        name,
        first,
        f"{figures['seconds']:.2f}",
        f"{figures['cpu']:.2f} s",
        f"{figures['bytes'] / 1e6:.1f}",
        f"+{figures['grown']:.0f} MB",
    ]
    return "| " + " | ".join(cells) + " |"


def _one(name: str) -> Figures:
    import django  # noqa: PLC0415 - needs the environment of the stage

    django.setup()
    from django.contrib.auth.models import Group  # noqa: PLC0415

    from benchmarks import export_measures  # noqa: PLC0415
    from enterprise.models import Enterprise  # noqa: PLC0415
    from staff.models import User  # noqa: PLC0415

    user, _is_new = User.objects.get_or_create(username="bench", defaults={"sees_all_accounts": True})
    user.groups.add(Group.objects.get(name="operator"))
    enterprise = Enterprise.objects.get(name="Bench")
    measure = export_measures.MEASURES[name]
    measure(user, enterprise, warm=True)
    before, started, used = _peak(), time.perf_counter(), time.process_time()
    first, size = measure(user, enterprise)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    return {"first": first, "seconds": seconds, "cpu": cpu, "bytes": size, "grown": _peak() - before}


def _peak() -> float:
    """MB this process held at its peak. Not `ru_maxrss`: that begins with the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
