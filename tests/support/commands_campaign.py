"""Promise 12 at length: mixed commands under every fault we know, then an independent comparison with the ledger.

`play(size)` runs a process of its own kind: call it from the main thread of a fresh process (Django is set up here).
"""

import os
import random
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.support import commands_campaign_faults as faults
from tests.support.commands_campaign_check import check
from tests.support.commands_campaign_report import Report
from tests.support.commands_campaign_world import World
from tests.support.sandbox import ROOT


@dataclass(frozen=True)
class Size:
    """How large, how bad, how long. Seconds; `lease` bounds a request to two thirds of itself."""

    commands: int
    kills: int
    sims: int = 2600
    workers: int = 3
    ahead: int = 500
    has_mirror: bool = True
    lease: int = 12
    patience: int = 6
    activation_delay: float = 1.0
    job_delay: float = 2.0
    stalls: int = 12
    flushes: int = 8
    freezes: int = 5
    valkey_kills: int = 3
    postgres_kills: int = 3
    dawdle: float = 0.01
    outage: float = 8.0
    storm_limit: float = 2700.0
    calm_limit: float = 600.0
    # The storm ends after its time if so many were sent at least; what was not sent then is cancelled.
    is_cut: bool = False
    least: int = 0
    control: str = ""
    seed: int = 12

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


def play(size: Size, tell: Callable[[str], None] = lambda _line: None) -> Report:
    """The whole campaign, bounded in time, leaving no process."""
    for name in [name for name in os.environ if name.startswith(("PORTAL_", "SANDBOX_", "CAMPAIGN_"))]:
        del os.environ[name]
    folder = ROOT / "var" / f"commands-campaign-{os.getpid()}"
    began = time.monotonic()
    with World(
        folder,
        sims=size.sims,
        workers=size.workers,
        has_mirror=size.has_mirror,
        env=_environment(size, folder),
        seed=size.seed,
    ) as world:
        report = Campaign(size, world, tell).play()
    report.seconds = time.monotonic() - began
    if not report.complaints or size.control:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        report.problems.append(f"logs are kept in {folder.relative_to(ROOT)}")
    return report


def _environment(size: Size, folder: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "smarthub_portal.settings",
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(50),
        "PORTAL_FIELD_KEYS": "Y2FtcGFpZ24tY2FtcGFpZ24tY2FtcGFpZ24tY2FtcDE=",
        "PORTAL_DATA": str(folder),
        "PORTAL_LOG_LEVEL": "WARNING",
        "PORTAL_COMMANDS_PATIENCE": str(size.patience),
        "PORTAL_COMMANDS_LEASE": str(size.lease),
        "CAMPAIGN_DAWDLE": str(size.dawdle),
        "CAMPAIGN_CONTROL": size.control,
    }


class Campaign:
    """Storm, outage, calm, judgement."""

    def __init__(self, size: Size, world: World, tell: Callable[[str], None]) -> None:
        self.size, self.world, self.tell = size, world, tell
        self.random = random.Random(size.seed)
        self.report = Report()
        self.pending = self._misfortunes()
        self.first_sent = 0.0

    def _misfortunes(self) -> list[tuple[float, Callable[[float], None], float]]:
        """(share of the commands sent by then, what, seconds), in order."""
        size, world = self.size, self.world
        sorts = [
            (size.stalls, world.stall, (size.lease + 0.5, size.lease + size.patience / 2)),
            (size.flushes, world.flush, (0, 0)),
            (size.freezes, world.freeze, (2, min(6, size.lease))),
            (size.valkey_kills, world.kill_valkey, (0, 0)),
            (size.postgres_kills, world.kill_postgres, (0, 0)),
        ]
        found = [
            (self.random.uniform(0.05, 0.88), deed, self.random.uniform(*seconds))
            for count, deed, seconds in sorts
            for _ in range(count)
        ]
        return sorted(found, key=lambda item: item[0])

    def play(self) -> Report:
        import django  # noqa: PLC0415 - the settings need the world's addresses

        django.setup()
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
            self._storm()
            self._outage()
            self._calm()
        finally:
            self.staff.over.set()
            self.staff.join(20)
            self.world.end_workers()
        self._judge(enterprise.pk)
        return self.report

    # --- acts

    def _storm(self) -> None:
        began, told, next_kill = time.monotonic(), 0.0, 0.0
        while not self._is_time_up(time.monotonic() - began):
            self._step()
            share = self._share()
            if self.world.kills < self.size.kills * share and time.monotonic() > next_kill:
                self.world.kill_someone()
                next_kill = time.monotonic() + self.random.uniform(0.1, 0.9)
            if self.pending and self.pending[0][0] <= share:
                _, deed, seconds = self.pending.pop(0)
                deed(seconds)
            if self.staff.is_done and share > 0.9 and self.world.kills >= 0.9 * self.size.kills:
                break
            if time.monotonic() - told > 15:
                told = time.monotonic()
                self.tell(f"{self.staff.sent} sent, {self.staff.open} open, {self.world.kills} kills")
        self.report.storm_seconds = time.monotonic() - began
        if not self.staff.is_done and not self.size.is_cut:
            self.report.problems.append(f"the storm took longer than {self.size.storm_limit:.0f} s")

    def _share(self) -> float:
        """How much of the storm is behind us; a slice also goes by the clock, from its first request on."""
        share = self.staff.sent / self.size.commands
        if self.size.is_cut and self.staff.sent:
            self.first_sent = self.first_sent or time.monotonic()
            share = max(share, (time.monotonic() - self.first_sent) / self.size.storm_limit)
        return min(1.0, share)

    def _is_time_up(self, seconds: float) -> bool:
        enough = self.staff.sent >= self.size.least and self.world.kills >= 0.9 * self.size.kills
        patience = 6 if self.size.is_cut and not enough else 1  # a slice on a busy machine
        return seconds >= patience * self.size.storm_limit

    def _outage(self) -> None:
        """Nothing answers for a while; what is open then shows how fast outcomes are found afterwards."""
        self.report.fired = faults.fired(self.world.sandbox.faults())
        self.world.sandbox.faults(faults.outage())
        until = time.monotonic() + self.size.outage
        while time.monotonic() < until:
            self._step()
        self.world.sandbox.faults([])
        self.back_at = datetime.now(UTC)
        self.tell(f"the platform is back, {self.staff.open} open")

    def _calm(self) -> None:
        self.staff.closing.set()
        until = time.monotonic() + self.size.calm_limit
        while time.monotonic() < until:
            self._step()
            if not self._count(_OPEN):
                time.sleep(self.size.job_delay + self.size.activation_delay)  # a late effect would show now
                return
            time.sleep(0.3)
        self.report.problems.append(f"not everything ended within {self.size.calm_limit:.0f} s of calm")

    def _step(self) -> None:
        if self.staff.error:
            raise self.staff.error
        self.world.tend()
        time.sleep(0.05)

    # --- figures

    def _count(self, sql: str) -> int:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(self.world.database.url) as connection:
            return int(connection.execute(sql).fetchone()[0])  # type: ignore[index]

    def _judge(self, enterprise_id: int) -> None:
        report, url = self.report, self.world.database.url
        report.counts, report.kills = self.world.counts, self.world.kills
        report.deeds = self.staff.deeds
        report.verdict = check(url, enterprise_id, self.world.sandbox.ledger())
        report.orders = self._count("SELECT count(*) FROM commands_command WHERE issue > 0")
        report.requests = self._count("SELECT count(*) FROM commands_attempt")
        report.settled = _settled(url, self.back_at)


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


def tell_now(line: str) -> None:
    """Progress, at once."""
    sys.stderr.write(f"     {time.strftime('%H:%M:%S')} {line}\n")
    sys.stderr.flush()
