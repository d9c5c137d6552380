"""What a campaign of messages did and found, as people read it."""

from dataclasses import dataclass, field

from tests.support import campaign
from tests.support.campaign import listed, percentile
from tests.support.sms_campaign_check import Verdict


@dataclass
class Report(campaign.Report):
    """`steps`: kills at each step of a message; `answers`: of the pushes, by status; `sorts`: acknowledged ones."""

    deeds: dict[str, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    sorts: dict[str, int] = field(default_factory=dict)
    readings: int = 0
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def complaints(self) -> list[str]:
        return self.problems + self.verdict.violations

    @property
    def all_kills(self) -> int:
        return self.kills + sum(self.steps.values())

    def __str__(self) -> str:
        found = self.verdict
        lines = [
            f"{found.messages} messages, {found.effects} effects in the ledger; storm {self.storm_seconds:.0f} s, "
            f"in all {self.seconds:.0f} s",
            f"{self.all_kills} SIGKILLs, {sum(self.steps.values())} of them at a step of a message: "
            f"{listed(self.counts)}",
            *(f"  {count:3} {step}" for step, count in sorted(self.steps.items())),
            f"people: {listed(self.deeds)}",
            f"faults met: {listed(self.fired)}",
            f"pushes: answers {listed(self.answers)}; acknowledged {listed(self.sorts)}; {self.readings} readings",
            *_table(found.table),
            f"{found.steps} steps of messages, {found.from_sims} messages from SIMs",
            f"nobody knew of {len(found.unclear)} ({found.silent} lost their worker); shown after "
            f"p50 {percentile(found.unclear, 0.5):.1f} s, p95 {percentile(found.unclear, 0.95):.1f} s, "
            f"longest {percentile(found.unclear, 1):.1f} s; of all messages {found.slowest:.1f} s",
            f"{found.proven} proven by a report, {found.left} left to people ({found.left_with_effect} had an effect, "
            f"{found.told} of these were reported)",
            f"{len(self.complaints)} violations",
            *(f"  {text}" for text in self.complaints[:25]),
        ]
        return "\n".join(f"     {line}" for line in lines)


def _table(table: dict[str, dict[int, int]]) -> list[str]:
    return [
        f"  {state:10} " + ", ".join(f"{count} with {n} effects" for n, count in sorted(effects.items()))
        for state, effects in sorted(table.items())
    ]


GRAVE = {"again": "double", "late": "double", "claims": "untrue", "backward": "backward"}
"""What each control must show."""


def outcome(report: Report, control: str) -> tuple[bool, str]:
    """Whether it ended as it should, and the line that says so."""
    sign = GRAVE.get(control, "")
    grave = [text for text in report.verdict.violations if sign and text.startswith(sign)]
    words = f"{len(report.complaints)} violations" + (f", {len(grave)} {sign}" if sign else "")
    return bool(grave) if control else not report.complaints, words if report.complaints else "kept"
