"""Promise 13 at length: `make faults-sms`. Loopback only, stops by itself, exit code 1 if broken.

    python benchmarks/sms_campaign.py [full] [third] [again] [late] [claims] [backward] [--json]

3,000 messages while a quarter of all sends meet a fault before or after their effect, workers kill themselves at each
step of a message, others are killed or stand still, reports come in copies, shuffled, late, too early or not at all,
some of them lies, SIMs write, Valkey is wiped, frozen and killed, PostgreSQL is killed. Then every row is compared with
the platform's ledger, every step with the one before, and every look at the conversations with what was known.

`again` (what is unknown is sent again by itself), `late` (committed as sent after the send), `claims` (reports are
believed) and `backward` (whatever is read counts) have one safety switched off: they must fail.
"""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.campaign import tell_now
from tests.support.sms_campaign import CONTROL, FULL, play
from tests.support.sms_campaign_report import outcome

SCENARIOS = {
    "full": FULL,
    "third": replace(
        FULL, messages=1000, kills=24, postgres_kills=2, stalls=3, flushes=3, freezes=2, from_sims=140
    ),
    "again": replace(CONTROL, control="again"),
    "late": replace(CONTROL, control="late"),
    "claims": replace(CONTROL, control="claims"),
    "backward": replace(CONTROL, control="backward", dawdle=0.25),
    "control": CONTROL,
}
USUAL = ("full", "again", "late", "claims")  # `backward` has not turned red yet, see docs/benchmarks.md


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
