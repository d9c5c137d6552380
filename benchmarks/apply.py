"""The mirror's door, `mirror.apply`, beside what the database itself takes for the same rows.

    python benchmarks/apply.py [--sims 100000] [--rounds 3]

Baseline, in the same run and into the same table with all its indexes: COPY of ready rows into a temporary table and
one MERGE; once with the triggers that keep rollups and history, once without. Printed: seconds, rows a second, and our
share of the baseline; and Django's `update_or_create`, row by row, on a sample.
"""

import argparse
import statistics
from collections.abc import Callable
from typing import Any

import stage

SAMPLE = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sims", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with stage.servers():
        enterprise = stage.fleet(0)
        measure(enterprise, options.sims, options.rounds)


def measure(enterprise: Any, sims: int, rounds: int) -> None:
    """Each kind of call `rounds` times, in turns, so that all of them meet the same noise."""
    from benchmarks import door  # noqa: PLC0415 - needs the settings

    bench = door.Bench(enterprise, [stage.payload(number) for number in range(sims)])
    kinds: dict[str, Callable[[], float]] = {
        "raw COPY + MERGE, without triggers": lambda: bench.raw(triggers=False),
        "raw COPY + MERGE": lambda: bench.raw(triggers=True),
        "apply, cold": bench.cold,
        "apply, unchanged": bench.unchanged,
        "apply, 1 % changed": lambda: bench.changed(100),
        "apply, all changed": lambda: bench.changed(1),
    }
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for _round in range(rounds):
        for name, kind in kinds.items():
            times[name].append(kind())
    row_by_row = bench.row_by_row(SAMPLE) / SAMPLE * sims
    _print({name: statistics.median(found) for name, found in times.items()}, sims, row_by_row)


def _print(medians: dict[str, float], sims: int, row_by_row: float) -> None:
    base = medians["raw COPY + MERGE"]
    print(f"\n| {sims:,} payloads | seconds | rows a second | speed against raw COPY + MERGE |")
    print("|---|--:|--:|--:|")
    for name, seconds in medians.items():
        print(f"| {name} | {seconds:.2f} | {sims / seconds:,.0f} | {base / seconds:.0%} |")
    print(
        f"| update_or_create, row by row (from {SAMPLE:,} rows) | {row_by_row:.0f} | {sims / row_by_row:,.0f}"
        f" | {base / row_by_row:.1%} |"
    )


if __name__ == "__main__":
    main()
