"""Promises 1-11 at length: pushes under every fault we know, then an independent comparison.

`play(size)` runs a process of its own kind: call it from the main thread of a fresh process (Django is set up here).
"""

import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.support import campaign
from tests.support.campaign import Hardship, Tell, listed, percentile
from tests.support.campaign_faults import of_reads
from tests.support.pushes_campaign_check import Verdict, check
from tests.support.pushes_campaign_world import World


@dataclass(frozen=True, kw_only=True)
class Size(Hardship):
    """`rate`: pushes a second, copies come on top. `broker_every`: seconds between two blows to Valkey alone."""

    pushes: int
    rate: float = 200
    lease: int = 30
    broker_every: float = 0
    widest: int = 16
    promised_backlog: float = 60


FULL = Size(
    pushes=20_000, kills=60, stalls=0, flushes=8, freezes=6, valkey_kills=4, postgres_kills=4, storm_limit=900,
    calm_limit=300,
)  # fmt: skip
BROKER = Size(
    pushes=12_000, rate=100, kills=0, stalls=0, flushes=0, freezes=0, valkey_kills=0, postgres_kills=0, outage=0,
    storm_limit=300, calm_limit=120, broker_every=5, promised_backlog=10, widest=4,
)  # fmt: skip
CONTROL = Size(
    pushes=1500, rate=75, sims=400, kills=10, stalls=0, flushes=1, freezes=0, valkey_kills=0, postgres_kills=3,
    outage=0, lease=6, storm_limit=120, calm_limit=90,
)  # fmt: skip
SLICE = Size(
    pushes=600, rate=60, sims=300, kills=6, stalls=0, flushes=1, freezes=1, valkey_kills=1, postgres_kills=1,
    outage=1, lease=3, widest=4, storm_limit=90, calm_limit=90,
)  # fmt: skip


@dataclass
class Report(campaign.Report):
    """`statuses`: answers by status, 0 for none. `took`: seconds of each answer. `backlog`: seconds it took to go."""

    deliveries: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    reads: int = 0
    backlog: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def complaints(self) -> list[str]:
        return self.problems + self.verdict.violations

    def __str__(self) -> str:
        found, took = self.verdict, [1000 * seconds for seconds in self.took]
        answers = {str(status or "none"): count for status, count in self.statuses.items()}
        lines = [
            f"{found.letters} pushes in {sum(self.statuses.values())} deliveries (answers: {listed(answers)}); "
            f"storm {self.storm_seconds:.0f} s, in all {self.seconds:.0f} s",
            f"{self.kills} SIGKILLs: {listed(self.counts)}; faults met: {listed(self.fired)}",
            f"answered after p50 {percentile(took, 0.5):.1f} ms, p95 {percentile(took, 0.95):.1f} ms, "
            f"longest {percentile(took, 1):.0f} ms",
            f"{found.acknowledged} acknowledged ({found.acks} times), {found.rows} rows, {found.events} events, "
            f"{found.repeats} repeats counted",
            *(f"  {sort:7} {listed(verdicts)}" for sort, verdicts in sorted(found.verdicts.items())),
            f"{self.reads} calls read them back; {found.sims} SIMs compared with the platform's",
            f"from receipt to effect p50 {percentile(found.waited, 0.5):.2f} s, "
            f"p95 {percentile(found.waited, 0.95):.2f} s, longest {percentile(found.waited, 1):.1f} s; "
            f"to verdict p95 {percentile(found.settled, 0.95):.1f} s",
            f"backlog gone {self.backlog:.1f} s after the last blow",
            f"{len(self.complaints)} violations",
            *(f"  {text}" for text in self.complaints[:25]),
        ]
        return "\n".join(f"     {line}" for line in lines)


def play(size: Size, tell: Tell = lambda _line: None) -> Report:
    """The whole campaign, bounded in time, leaving no process."""
    env = {
        "CAMPAIGN_LEASE": str(size.lease),
        "CAMPAIGN_CONTROL": size.control,
        "CAMPAIGN_WIDEST": str(size.widest),
    }

    def world(folder: Path) -> World:
        web = "tests.support.pushes_campaign_web" if size.control else "smarthub_portal.wsgi"
        return World(folder, sims=size.sims, seed=size.seed, web=web)

    return campaign.play("pushes", env, world, lambda world: Campaign(size, world, tell).play())


class Campaign(campaign.Campaign):
    """Storm, outage, calm, judgement."""

    world: World
    report: Report

    def __init__(self, size: Size, world: World, tell: Tell) -> None:
        self.size, self.door = size, world.port
        super().__init__(size, world, Report(), tell)
        self.next_blow = 0.0

    def play(self) -> Report:
        size, sandbox = self.size, self.world.sandbox
        sandbox.settings(rate_limit=10**6, window_s=2, usage_step_s=0)
        self._settle_in()
        self.world.staff()
        self.world.await_door()
        sandbox.faults(of_reads(2) if size.outage else [])
        self.tell("the stage is set")
        self.sender.start()
        try:
            self.storm()
            if not self.is_done():
                self.report.problems.append(f"the storm took longer than {size.storm_limit:.0f} s")
            self.outage()
            self.calm()
            self.report.backlog = time.time() - self.back_at
        finally:
            self.sender.stop()
            self.world.end_processes()
        self._judge()
        return self.report

    def _settle_in(self) -> None:
        """A migrated database, an enterprise whose mirror is complete, addresses for its pushes, and the pushes."""
        from django.db import connection  # noqa: PLC0415

        from notifications import addresses  # noqa: PLC0415
        from tests.support.campaign_stage import connected  # noqa: PLC0415
        from tests.support.push_letters import write  # noqa: PLC0415
        from tests.support.push_sender import Sender  # noqa: PLC0415

        size, sandbox = self.size, self.world.sandbox
        enterprise = connected(sandbox)
        urls = addresses.urls(addresses.ensure(enterprise).values())
        self.enterprise_id, self.letters = enterprise.pk, write(size.pushes, sandbox.fleet(), seed=size.seed)
        self.sender = Sender(
            self.letters,
            rate=size.rate,
            port=self.door,
            paths={kind: urlsplit(url).path for kind, url in urls.items()},
            key=enterprise.reveal("push_key"),
            change=sandbox.set_sim,
            seed=size.seed,
        )
        connection.close()
        connection.close_pool()  # whose connections will not survive the storm

    # --- acts

    def share(self) -> float:
        """By deliveries, not by the clock: on a busy machine the storm lasts longer, and misfortunes go on."""
        return max(0.0, 1 - self.sender.left / self.sender.deliveries)

    def is_done(self) -> bool:
        return self.sender.left < 50

    def progress(self) -> str:
        return f"{self.sender.sent} of {self.sender.deliveries} deliveries sent, {self.sender.left} left"

    def open_rows(self) -> int:
        return self.sender.left or self.count(_OPEN)

    def check_crew(self) -> None:
        if self.sender.error:
            raise self.sender.error

    def step(self) -> None:
        super().step()
        if self.size.broker_every and not self.back_at and time.monotonic() > self.next_blow:
            self.next_blow = time.monotonic() + self.size.broker_every
            self.world.flush() if self.random.random() < 0.5 else self.world.kill_valkey()

    # --- figures

    def _judge(self) -> None:
        report, sender, sandbox = self.report, self.sender, self.world.sandbox
        report.counts, report.kills = self.world.counts, self.world.kills
        report.deliveries, report.statuses, report.took = sender.deliveries, sender.statuses, sender.took
        report.reads = self.count(
            "SELECT coalesce(sum(requests), 0) FROM mirror_syncrun WHERE job = 'sims.readback'"
        )
        report.verdict = check(
            self.world.database.url, self.enterprise_id, self.letters, sandbox.iterate_fleet()
        )
        if report.backlog > self.size.promised_backlog and not report.problems:
            report.problems.append(f"the backlog was gone only {report.backlog:.1f} s after the last blow")


_OPEN = """SELECT (SELECT count(*) FROM notifications_push WHERE state = 'new')
                + (SELECT count(*) FROM notifications_event WHERE verdict = 'pending')
                + (SELECT count(*) FROM sims_hint)"""


def outcome(report: Report, control: str) -> tuple[bool, str]:
    """Whether it ended as it should, and the line that says so. A control must show what its safety prevents."""
    sign = {"commit": "lost", "twins": "doubled"}.get(control, "")
    grave = [text for text in report.verdict.violations if sign and text.startswith(sign)]
    words = f"{len(report.complaints)} violations" + (f", {len(grave)} {sign}" if sign else "")
    return bool(grave) if control else not report.complaints, words if report.complaints else "kept"
