"""Promises 17 and 18 at length: `make budget-campaign`. Loopback only, stops by itself, exit code 1 if one is broken.

Each scenario starts a sandbox and a Valkey of its own and lets a dozen processes with the portal's own clients
(`enterprise.connections.client_for`), and an outsider with the same key, loose on small windows. Waits of people are
judged where a scenario says so; a busy machine adds its own to them.
"""

import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.crowd import Crowd, run
from tests.support.crowd_report import Report
from tests.support.sandbox import SandboxProcess
from tests.support.valkey import OwnValkey

LIMIT, WINDOW = 600, 8
LONGER = {"rate_limit": 2250, "window_s": 30}
P99_MS, SHARE = 20.0, 0.98


@dataclass
class Scenario:
    """`share` None: the scenario takes Redis away, so windows may stay unused. `freezes`: (from, to) seconds."""

    name: str
    seconds: float = 34
    crowd: dict[str, Any] = field(default_factory=dict)
    knobs: dict[str, Any] = field(default_factory=dict)
    freezes: list[tuple[float, float]] = field(default_factory=list)
    share: float | None = SHARE
    p99: float | None = None
    is_broken: bool = False


SCENARIOS = [
    Scenario("calm", p99=P99_MS, crowd={"interactive_pause": 0.25}),
    Scenario(
        "calm, reset as epoch, wrong clocks",
        crowd={"clocks": True},
        knobs={"reset_style": "epoch"},
    ),
    Scenario("steady outsider, wrong clocks", p99=P99_MS, crowd={"clocks": True, "outsider_per_second": 12}),
    # The last second of a window weighs less the longer it is; people come more often, so that one percent is many.
    Scenario(
        "longer windows, outsider",
        seconds=66,
        p99=P99_MS,
        crowd={"interactive_pause": 0.25, "outsider_per_second": 6},
        knobs=LONGER,
    ),
    Scenario(
        "longer windows, outsider, FLUSHALL in between",
        seconds=66,
        p99=P99_MS,
        crowd={"interactive_pause": 0.25, "outsider_per_second": 6, "flush_at": [10, 25, 45]},
        knobs=LONGER,
    ),
    Scenario("outsider in bursts", crowd={"outsider_per_second": 15, "outsider_burst": 12}),
    Scenario(
        "FLUSHALL every few seconds", crowd={"flush_at": [2, 5, 9, 13.5, 17, 22, 26, 30], "clocks": True}
    ),
    Scenario(
        "outsider, and FLUSHALL in between",
        crowd={"flush_at": [5, 13.5, 22], "outsider_per_second": 6, "clocks": True},
    ),
    Scenario("processes killed", crowd={"kill_at": [2, 5, 11, 20], "outsider_per_second": 6}),
    Scenario("Redis frozen", freezes=[(3, 6), (12, 20)], share=None),
    Scenario(
        "control: nobody asks the script", seconds=6, crowd={"is_shared": False}, share=None, is_broken=True
    ),
]


def disturb(valkey: OwnValkey, freezes: list[tuple[float, float]]) -> None:
    started = time.monotonic()
    for begin, end in freezes:
        time.sleep(max(0.0, started + begin - time.monotonic()))
        valkey.freeze()
        time.sleep(max(0.0, started + end - time.monotonic()))
        valkey.thaw()


def play(scenario: Scenario) -> Report:
    with OwnValkey() as valkey, SandboxProcess(sims=10) as sandbox:
        sandbox.settings(**({"rate_limit": LIMIT, "window_s": WINDOW} | scenario.knobs))
        crowd = Crowd(sandbox.base_url, sandbox.api_key, valkey.url, scenario.seconds, **scenario.crowd)
        disturber = threading.Thread(target=disturb, args=(valkey, scenario.freezes))
        disturber.start()
        report = run(crowd)
        disturber.join()
        return report


def complaints(scenario: Scenario, report: Report) -> list[str]:
    found = []
    if report.own_429:
        found.append(f"{report.own_429} own 429")
    if scenario.share and any(window.share < scenario.share for window in report.windows):
        found.append(f"a window was used to less than {scenario.share:.0%}")
    if scenario.share and not report.windows:
        found.append("no window came to its end")
    if scenario.p99 and report.percentile(0.99) > scenario.p99:
        found.append(f"people waited longer than {scenario.p99:.0f} ms (p99)")
    return found


def main() -> int:
    failed = []
    for scenario in SCENARIOS:
        if sys.argv[1:] and not any(word in scenario.name for word in sys.argv[1:]):
            continue
        report = play(scenario)
        found = complaints(scenario, report)
        is_as_expected = bool(found) == scenario.is_broken
        print(f"{'ok  ' if is_as_expected else 'FAIL'} {scenario.name}: {'; '.join(found) or 'kept'}")
        print(f"     {report}", flush=True)
        failed += [] if is_as_expected else [scenario.name]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
