"""Promises 1-11 at length: `make faults-pushes`. Loopback only, stops by itself, exit code 1 if broken.

    python benchmarks/pushes_campaign.py [full] [broker] [commit] [twins] [slice] [--json]

20,000 pushes at 200 a second, each sent one to five times and again until it is acknowledged, some of them lies, some
forged, while web server, workers and beat are killed, Valkey is wiped, frozen and killed, PostgreSQL is killed, and the
platform answers badly. `broker`: only Valkey suffers, every five seconds. `commit` (answered before the commit) and
`twins` (repeats not told apart) have one safety switched off: they must fail.
"""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.campaign import tell_now
from tests.support.pushes_campaign import BROKER, CONTROL, FULL, SLICE, outcome, play

SCENARIOS = {
    "full": FULL,
    "third": replace(FULL, pushes=7000, kills=30, postgres_kills=2, flushes=4, freezes=3, valkey_kills=2),
    "broker": BROKER,
    "commit": replace(CONTROL, control="commit"),
    "twins": replace(CONTROL, control="twins", kills=0, postgres_kills=0),
    "slice": SLICE,
}
USUAL = ("full", "broker", "commit", "twins")


def main() -> int:
    wanted = [word for word in sys.argv[1:] if word != "--json"] or [*USUAL]
    if len(wanted) > 1:  # each in a process of its own: settings are read once
        return max([subprocess.call([sys.executable, __file__, name]) for name in wanted])
    size = SCENARIOS[wanted[0]]
    report = play(size, tell_now)
    is_as_expected, words = outcome(report, size.control)
    what = f"{wanted[0]}{', a safety switched off: must fail' if size.control else ''}"
    if "--json" in sys.argv:
        print(json.dumps(asdict(report) | {"complaints": report.complaints}))
        return 0
    print(f"{'ok  ' if is_as_expected else 'FAIL'} {what}: {words}\n{report}", flush=True)
    return 0 if is_as_expected else 1


if __name__ == "__main__":
    sys.exit(main())
