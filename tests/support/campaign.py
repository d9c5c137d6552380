"""What the campaigns of faults have in common: a storm of misfortunes over real processes, an outage, a calm.

`play(...)` is for the main thread of a fresh process: Django is set up inside, with the addresses of the campaign's own
world.
"""

import os
import random
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.support import campaign_faults as faults
from tests.support.campaign_world import World
from tests.support.sandbox import ROOT

Tell = Callable[[str], None]
FIELD_KEY = "Y2FtcGFpZ24tY2FtcGFpZ24tY2FtcGFpZ24tY2FtcDE="


@dataclass(frozen=True, kw_only=True)
class Hardship:
    """How large, how bad, how long. Seconds. `control` switches one safety off: then the campaign must fail."""

    kills: int
    sims: int = 2600
    lease: int = 12
    stalls: int = 12
    flushes: int = 8
    freezes: int = 5
    valkey_kills: int = 3
    postgres_kills: int = 3
    outage: float = 8.0
    storm_limit: float = 2700.0
    calm_limit: float = 600.0
    control: str = ""
    seed: int = 12


@dataclass
class Report:
    """What happened; what else there is to say adds the subclass."""

    counts: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    fired: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    storm_seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def complaints(self) -> list[str]:
        """What was promised and not kept."""
        raise NotImplementedError


Told = TypeVar("Told", bound=Report)
Place = TypeVar("Place", bound=World)


def play(name: str, env: dict[str, str], make: Callable[[Path], Place], act: Callable[[Place], Told]) -> Told:
    """The whole campaign, bounded in time, leaving no process; its logs stay when it complains."""
    for known in [known for known in os.environ if known.startswith(("PORTAL_", "SANDBOX_", "CAMPAIGN_"))]:
        del os.environ[known]
    folder = ROOT / "var" / f"{name}-campaign-{os.getpid()}"
    began = time.monotonic()
    with make(folder) as world:
        common = {
            "DJANGO_SETTINGS_MODULE": "smarthub_portal.settings",
            "PORTAL_SECRET_KEY": secrets.token_urlsafe(50),
            "PORTAL_FIELD_KEYS": FIELD_KEY,
            "PORTAL_DATA": str(folder),
            "PORTAL_LOG_LEVEL": "WARNING",
        }
        os.environ.update(common | env)
        import django  # noqa: PLC0415 - the settings need the world's addresses

        django.setup()
        report = act(world)
    report.seconds = time.monotonic() - began
    if not report.complaints or env.get("CAMPAIGN_CONTROL"):
        shutil.rmtree(folder, ignore_errors=True)
    else:
        report.problems.append(f"logs are kept in {folder.relative_to(ROOT)}")
    return report


class Campaign:
    """Storm, outage, calm. The subclass says how far the storm is, what is still open, and who is at it."""

    def __init__(self, size: Hardship, world: World, report: Report, tell: Tell) -> None:
        self.hardship, self.world, self.tell = size, world, tell
        self.random = random.Random(size.seed)
        self.report = report
        self.pending = self._misfortunes()
        self.back_at = 0.0

    def share(self) -> float:
        """How much of the storm is behind us, 0 to 1."""
        raise NotImplementedError

    def is_time_up(self, seconds: float) -> bool:
        """Whether the storm, `seconds` old, ends whatever happened."""
        return seconds >= self.hardship.storm_limit

    def is_done(self) -> bool:
        """Whether all that was planned was sent."""
        raise NotImplementedError

    def progress(self) -> str:
        """A few words for whoever watches."""
        raise NotImplementedError

    def open_rows(self) -> int:
        """How much waits for its end; the calm lasts until there is nothing."""
        raise NotImplementedError

    def check_crew(self) -> None:
        """Raises what those who play along met."""

    # --- acts

    def storm(self) -> None:
        began, told, next_kill, size = time.monotonic(), 0.0, 0.0, self.hardship
        while not self.is_time_up(time.monotonic() - began):
            self.step()
            share = self.share()
            if self.world.kills < size.kills * share and time.monotonic() > next_kill:
                self.world.kill_someone()
                next_kill = time.monotonic() + self.random.uniform(0.1, 0.9)
            if self.pending and self.pending[0][0] <= share:
                _, deed, seconds = self.pending.pop(0)
                deed(seconds)
            if self.is_done() and share > 0.9 and self.world.kills >= 0.9 * size.kills:
                break
            if time.monotonic() - told > 15:
                told = time.monotonic()
                self.tell(f"{self.progress()}, {self.world.kills} kills")
        self.report.storm_seconds = time.monotonic() - began

    def outage(self) -> None:
        """The platform does not answer for a while; what is open then shows how fast outcomes are found afterwards."""
        self.report.fired = faults.fired(self.world.sandbox.faults())
        self.world.sandbox.faults(faults.outage())
        until = time.monotonic() + self.hardship.outage
        while time.monotonic() < until:
            self.step()
        self.world.sandbox.faults([])
        self.back_at = time.time()
        self.tell(f"the platform is back, {self.progress()}")

    def calm(self) -> None:
        until = time.monotonic() + self.hardship.calm_limit
        while time.monotonic() < until:
            self.step()
            if not self.open_rows():
                return
            time.sleep(0.3)
        self.report.problems.append(f"not everything ended within {self.hardship.calm_limit:.0f} s of calm")

    def step(self) -> None:
        self.check_crew()
        self.world.tend()
        time.sleep(0.05)

    def _misfortunes(self) -> list[tuple[float, Callable[[float], None], float]]:
        """(share of the storm that is over by then, what, seconds), in order."""
        size, world = self.hardship, self.world
        sorts = [
            (size.stalls, world.stall, self.stall_seconds()),
            (size.flushes, world.flush, (0.0, 0.0)),
            (size.freezes, world.freeze, (2, min(6, size.lease))),
            (size.valkey_kills, world.kill_valkey, (0.0, 0.0)),
            (size.postgres_kills, world.kill_postgres, (0.0, 0.0)),
        ]
        found = [
            (self.random.uniform(0.05, 0.88), deed, self.random.uniform(*seconds))
            for count, deed, seconds in sorts
            for _ in range(count)
        ]
        return sorted(found, key=lambda item: item[0])

    def stall_seconds(self) -> tuple[float, float]:
        """How long a process stands still: longer than its lease."""
        return self.hardship.lease + 0.5, self.hardship.lease + 2

    def count(self, sql: str) -> int:
        """One number out of the database."""
        import psycopg  # noqa: PLC0415

        with psycopg.connect(self.world.database.url) as connection:
            row: Any = connection.execute(sql).fetchone()  # type: ignore[arg-type]
            return int(row[0])


def tell_now(line: str) -> None:
    """Progress, at once."""
    sys.stderr.write(f"     {time.strftime('%H:%M:%S')} {line}\n")
    sys.stderr.flush()


def listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def percentile(values: list[float], share: float) -> float:
    """0 when there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
