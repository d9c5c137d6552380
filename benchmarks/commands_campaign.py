"""Promises 10-12, 14 and 16 at length: `make faults-commands`. Loopback only, stops by itself, exit code 1 if broken.

    python benchmarks/commands_campaign.py [full] [fencing] [sent] [slice] [--json]

5,000 mixed commands while a quarter of all changes meet a fault before or after their effect, workers are killed or
stand still, Valkey is wiped, frozen and killed, PostgreSQL is killed; then every row is compared with the platform's
ledger. `fencing` and `sent` are the same with one safety switched off: they must fail.
"""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.campaign import tell_now
from tests.support.commands_campaign import CONTROL, FULL, SLICE, play
from tests.support.commands_campaign_report import outcome

SCENARIOS = {
    "full": FULL,
    "fencing": replace(CONTROL, control="fencing"),
    "sent": replace(CONTROL, control="sent"),
    "control": CONTROL,
    "third": replace(FULL, commands=1600, kills=60, postgres_kills=2, storm_limit=1200),
    "slice": SLICE,
}
USUAL = ("full", "fencing", "sent")


def main() -> int:
    wanted = [word for word in sys.argv[1:] if word != "--json"] or [*USUAL]
    if len(wanted) > 1:  # each in a process of its own: settings are read once
        return max([subprocess.call([sys.executable, __file__, name]) for name in wanted])
    size = SCENARIOS[wanted[0]]
    report = play(size, tell_now)
    is_as_expected, words = outcome(report, is_broken=bool(size.control))
    what = f"{wanted[0]}{', a safety switched off: must fail' if size.control else ''}"
    if "--json" in sys.argv:
        print(json.dumps(asdict(report) | {"complaints": report.complaints}))
        return 0
    print(f"{'ok  ' if is_as_expected else 'FAIL'} {what}: {words}\n{report}", flush=True)
    return 0 if is_as_expected else 1


if __name__ == "__main__":
    sys.exit(main())
