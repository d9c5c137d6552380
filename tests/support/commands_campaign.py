"""Promise 12 at length: mixed commands under every fault we know, then an independent comparison with the ledger.

`play(size)` runs a process of its own kind: call it from the main thread of a fresh process (Django is set up here).
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.support import campaign
from tests.support import commands_campaign_faults as faults
from tests.support.campaign import Hardship, Tell
from tests.support.commands_campaign_check import check
from tests.support.commands_campaign_report import Report
from tests.support.commands_campaign_world import World


@dataclass(frozen=True, kw_only=True)
class Size(Hardship):
    """`lease` bounds a request to two thirds of itself."""

    commands: int
    workers: int = 3
    ahead: int = 500
    has_mirror: bool = True
    patience: int = 6
    activation_delay: float = 1.0
    job_delay: float = 2.0
    dawdle: float = 0.01
    # The storm ends after its time if so many were sent at least; what was not sent then is cancelled.
    is_cut: bool = False
    least: int = 0

    @property
    def request_seconds(self) -> float:
        return self.lease * 2 / 3


FULL = Size(commands=5000, kills=110)
CONTROL = Size(
    commands=700, kills=45, sims=900, ahead=250, has_mirror=False, dawdle=0.1, stalls=0, flushes=1, freezes=0,
    valkey_kills=0, postgres_kills=0, lease=6, patience=4, storm_limit=240, calm_limit=90,
)  # fmt: skip
SLICE = Size(
    commands=260, kills=12, sims=700, workers=2, ahead=200, has_mirror=False, lease=6, patience=3,
    activation_delay=0.5, job_delay=1, stalls=1, flushes=1, freezes=1, valkey_kills=0, postgres_kills=1,
    dawdle=0.01, outage=2, storm_limit=24, calm_limit=60, is_cut=True,
    least=60,
)  # fmt: skip


def play(size: Size, tell: Tell = lambda _line: None) -> Report:
    """The whole campaign, bounded in time, leaving no process."""
    env = {
        "PORTAL_COMMANDS_PATIENCE": str(size.patience),
        "PORTAL_COMMANDS_LEASE": str(size.lease),
        "CAMPAIGN_DAWDLE": str(size.dawdle),
        "CAMPAIGN_CONTROL": size.control,
    }

    def world(folder: Path) -> World:
        return World(folder, sims=size.sims, workers=size.workers, has_mirror=size.has_mirror, seed=size.seed)

    return campaign.play("commands", env, world, lambda world: Campaign(size, world, tell).play())


class Campaign(campaign.Campaign):
    """Storm, outage, calm, judgement."""

    report: Report

    def __init__(self, size: Size, world: campaign.World, tell: Tell) -> None:
        self.size = size
        super().__init__(size, world, Report(), tell)
        self.first_sent = 0.0

    def play(self) -> Report:
        from tests.support.commands_campaign_fleet import settle_in  # noqa: PLC0415
        from tests.support.commands_campaign_staff import Staff  # noqa: PLC0415

        size, sandbox = self.size, self.world.sandbox
        sandbox.settings(
            rate_limit=10**6, window_s=2, usage_step_s=0,
            activation_delay_s=size.activation_delay, job_delay_s=size.job_delay,
        )  # fmt: skip
        enterprise, people = settle_in(sandbox)
        self.world.staff()
        self.staff = Staff(
            enterprise, people, total=size.commands, ahead=size.ahead, is_cut=size.is_cut, seed=size.seed
        )
        sandbox.faults(faults.storm(size.request_seconds + 1))
        self.tell("the stage is set")
        self.staff.start()
        try:
            self.storm()
            if not self.staff.is_done and not size.is_cut:
                self.report.problems.append(f"the storm took longer than {size.storm_limit:.0f} s")
            self.outage()
            self.staff.closing.set()
            self.calm()
            time.sleep(size.job_delay + size.activation_delay)  # a late effect would show now
        finally:
            self.staff.over.set()
            self.staff.join(20)
            self.world.end_processes()
        self._judge(enterprise.pk)
        return self.report

    def share(self) -> float:
        """A slice also goes by the clock, from its first request on."""
        share = self.staff.sent / self.size.commands
        if self.size.is_cut and self.staff.sent:
            self.first_sent = self.first_sent or time.monotonic()
            share = max(share, (time.monotonic() - self.first_sent) / self.size.storm_limit)
        return min(1.0, share)

    def is_time_up(self, seconds: float) -> bool:
        enough = self.staff.sent >= self.size.least and self.world.kills >= 0.9 * self.size.kills
        patience = 6 if self.size.is_cut and not enough else 1  # a slice on a busy machine
        return seconds >= patience * self.size.storm_limit

    def is_done(self) -> bool:
        return self.staff.is_done

    def progress(self) -> str:
        return f"{self.staff.sent} sent, {self.staff.open} open"

    def open_rows(self) -> int:
        return self.count(_OPEN)

    def check_crew(self) -> None:
        if self.staff.error:
            raise self.staff.error

    def stall_seconds(self) -> tuple[float, float]:
        return self.size.lease + 0.5, self.size.lease + self.size.patience / 2

    # --- figures

    def _judge(self, enterprise_id: int) -> None:
        report, url = self.report, self.world.database.url
        report.counts, report.kills = self.world.counts, self.world.kills
        report.deeds = self.staff.deeds
        report.verdict = check(url, enterprise_id, self.world.sandbox.ledger())
        report.orders = self.count("SELECT count(*) FROM commands_command WHERE issue > 0")
        report.requests = self.count("SELECT count(*) FROM commands_attempt")
        report.settled = _settled(url, datetime.fromtimestamp(self.back_at, UTC))


_OPEN = """SELECT (SELECT count(*) FROM commands_command
                   WHERE state NOT IN ('skipped', 'applied', 'rejected', 'not_applied', 'cancelled', 'needs_human'))
                + (SELECT count(*) FROM commands_plan
                   WHERE state IN ('freezing', 'draft', 'awaiting', 'scheduled', 'running', 'paused'))
                + (SELECT count(*) FROM commands_plan
                   WHERE tally ?| ARRAY['queued', 'leased', 'sent', 'acked', 'unknown'])
                + (SELECT count(*) FROM commands_batchjob WHERE state IN ('sent', 'processing'))"""
_SETTLED = """SELECT extract(epoch FROM coalesce(settled_at, changed_at) - %(back)s)::float FROM commands_command
 WHERE sent_at < %(back)s AND coalesce(settled_at, changed_at) > %(back)s"""


def _settled(url: str, back_at: datetime) -> list[float]:
    import psycopg  # noqa: PLC0415

    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(_SETTLED, {"back": back_at})]
