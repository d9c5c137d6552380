"""What a campaign did and found, as people read it."""

from dataclasses import dataclass, field

from tests.support import campaign
from tests.support.campaign import listed, percentile
from tests.support.commands_campaign_check import Verdict


@dataclass
class Report(campaign.Report):
    """What happened. `settled`: seconds from the platform's return to the outcome, of what was open then."""

    deeds: dict[str, int] = field(default_factory=dict)
    orders: int = 0
    requests: int = 0
    settled: list[float] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def complaints(self) -> list[str]:
        return self.problems + self.verdict.violations

    def __str__(self) -> str:
        lines = [
            f"{self.orders} commands were sent in {self.requests} requests; "
            f"storm {self.storm_seconds:.0f} s, in all {self.seconds:.0f} s",
            f"{self.kills} SIGKILLs: {listed(self.counts)}",
            f"people: {listed(self.deeds)}",
            f"{sum(n for name, n in self.fired.items() if name.startswith('changes'))} faults met by changes, "
            f"{sum(n for name, n in self.fired.items() if name.startswith('reads'))} by reads: {listed(self.fired)}",
            *self.verdict.lines(),
            f"open when the platform came back: {len(self.settled)}; settled after "
            f"p50 {percentile(self.settled, 0.5):.1f} s, p95 {percentile(self.settled, 0.95):.1f} s, "
            f"longest {percentile(self.settled, 1):.1f} s",
            f"{len(self.complaints)} violations",
            *(f"  {text}" for text in self.complaints[:25]),
        ]
        return "\n".join(f"     {line}" for line in lines)


def outcome(report: Report, *, is_broken: bool) -> tuple[bool, str]:
    """Whether it ended as it should, and the line that says so. A control must show a double or a wrong verdict."""
    grave = [text for text in report.verdict.violations if text.startswith(("double", "wrong"))]
    words = f"{len(report.complaints)} violations, {len(grave)} doubles or wrong verdicts"
    return bool(grave) if is_broken else not report.complaints, words if report.complaints else "kept"
