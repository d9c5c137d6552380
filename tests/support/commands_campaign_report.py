"""What a campaign did and found, as people read it."""

from dataclasses import dataclass, field

from tests.support.commands_campaign_check import Verdict


@dataclass
class Report:
    """What happened. `settled`: seconds from the platform's return to the outcome, of what was open then."""

    counts: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    deeds: dict[str, int] = field(default_factory=dict)
    fired: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    storm_seconds: float = 0.0
    orders: int = 0
    requests: int = 0
    settled: list[float] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    problems: list[str] = field(default_factory=list)

    @property
    def complaints(self) -> list[str]:
        return self.problems + self.verdict.violations

    def percentile(self, share: float) -> float:
        ordered = sorted(self.settled)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def __str__(self) -> str:
        lines = [
            f"{self.orders} commands were sent in {self.requests} requests; "
            f"storm {self.storm_seconds:.0f} s, in all {self.seconds:.0f} s",
            f"{self.kills} SIGKILLs: {_listed(self.counts)}",
            f"people: {_listed(self.deeds)}",
            f"{sum(n for name, n in self.fired.items() if name.startswith('changes'))} faults met by changes, "
            f"{sum(n for name, n in self.fired.items() if name.startswith('reads'))} by reads: {_listed(self.fired)}",
            *self.verdict.lines(),
            f"open when the platform came back: {len(self.settled)}; settled after p50 {self.percentile(0.5):.1f} s, "
            f"p95 {self.percentile(0.95):.1f} s, longest {self.percentile(1):.1f} s",
            f"{len(self.complaints)} violations",
            *(f"  {text}" for text in self.complaints[:25]),
        ]
        return "\n".join(f"     {line}" for line in lines)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def outcome(report: Report, *, is_broken: bool) -> tuple[bool, str]:
    """Whether it ended as it should, and the line that says so. A control must show a double or a wrong verdict."""
    grave = [text for text in report.verdict.violations if text.startswith(("double", "wrong"))]
    words = f"{len(report.complaints)} violations, {len(grave)} doubles or wrong verdicts"
    return bool(grave) if is_broken else not report.complaints, words if report.complaints else "kept"
