"""Promise 13 at length: messages under every fault we know, then an independent comparison with the ledger.

`play(size)` runs a process of its own kind: call it from the main thread of a fresh process (Django is set up here).
"""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.support import campaign, campaign_faults
from tests.support import commands_campaign_faults as faults
from tests.support.campaign import Hardship, Tell
from tests.support.push_letters import Sort
from tests.support.sms_campaign_check import ends, judge, read
from tests.support.sms_campaign_report import Report
from tests.support.sms_campaign_shown import Shown
from tests.support.sms_campaign_world import World


@dataclass(frozen=True, kw_only=True)
class Size(Hardship):
    """`step`: how likely a worker is killed at each step of a message; `dawdle`: how many readers fall asleep."""

    messages: int
    from_sims: int
    workers: int = 2
    ahead: int = 400
    patience: int = 6
    step: float = 0.004
    dawdle: float = 0.03
    sms_delay: float = 2.0

    @property
    def request_seconds(self) -> float:
        return self.lease * 2 / 3


FULL = Size(
    messages=3000, from_sims=400, kills=70, sims=600, stalls=6, flushes=6, freezes=4, valkey_kills=2, postgres_kills=3,
    storm_limit=1500, calm_limit=400,
)  # fmt: skip
CONTROL = Size(
    messages=250, from_sims=20, kills=10, sims=200, stalls=0, flushes=0, freezes=0, valkey_kills=0, postgres_kills=0,
    lease=6, patience=3, step=0.015, dawdle=0.03, outage=2, storm_limit=300, calm_limit=90,
)  # fmt: skip


def play(size: Size, tell: Tell = lambda _line: None) -> Report:
    """The whole campaign, bounded in time, leaving no process."""
    env = {
        "PORTAL_COMMANDS_PATIENCE": str(size.patience),
        "PORTAL_COMMANDS_LEASE": str(size.lease),
        "CAMPAIGN_STEPS": str(size.step),
        "CAMPAIGN_DAWDLE": str(size.dawdle),
        "CAMPAIGN_CONTROL": size.control,
    }

    def world(folder: Path) -> World:
        return World(folder, sims=size.sims, workers=size.workers, seed=size.seed)

    return campaign.play("sms", env, world, lambda world: Campaign(size, world, tell).play())


class Campaign(campaign.Campaign):
    """Storm, outage, calm, judgement."""

    world: World
    report: Report

    def __init__(self, size: Size, world: World, tell: Tell) -> None:
        self.size = size
        super().__init__(size, world, Report(), tell)

    def play(self) -> Report:
        size, sandbox = self.size, self.world.sandbox
        sandbox.settings(rate_limit=10**6, window_s=2, usage_step_s=0, sms_delay_s=size.sms_delay)
        self._settle_in()
        self.world.staff()
        self.world.await_door()
        of_sends = faults.of_change("send_sms", size.request_seconds + 1)
        sandbox.faults(of_sends + campaign_faults.of_reads() + OF_READINGS)
        self.tell("the stage is set")
        self.writers.start()
        self.teller.start()
        try:
            self.storm()
            if not self.writers.is_done:
                self.report.problems.append(f"the storm took longer than {size.storm_limit:.0f} s")
            self.outage()
            self.writers.closing.set()
            self.calm()
            time.sleep(1)  # a late effect would show now
        finally:
            self.writers.over.set()
            self.writers.join(20)
            self.teller.stop()
            self.world.end_processes()
        self._judge()
        return self.report

    def _settle_in(self) -> None:
        """A mirror, addresses for pushes, people who write, SIMs that write; some SIMs are suspended since."""
        from django.db import connection  # noqa: PLC0415

        from notifications import addresses  # noqa: PLC0415
        from tests.support import sms_campaign_audit as audit  # noqa: PLC0415
        from tests.support.commands_campaign_fleet import settle_in  # noqa: PLC0415
        from tests.support.sms_campaign_staff import Writers  # noqa: PLC0415
        from tests.support.sms_campaign_teller import Teller, from_sims  # noqa: PLC0415

        size, sandbox = self.size, self.world.sandbox
        self.enterprise, people = settle_in(sandbox)
        with connection.cursor() as cursor:
            audit.watch(cursor)
            audit.hasten(cursor)
        active = [sim["giccid"] for sim in sandbox.fleet() if sim["status"] == "ACTIVATED"]
        for giccid in active[:: max(20, len(active) // 12)]:
            sandbox.set_sim(giccid, status="DEACTIVATED")
        urls = addresses.urls(addresses.ensure(self.enterprise).values())
        self.writers = Writers(
            self.enterprise, people, total=size.messages, ahead=size.ahead, is_cut=False, seed=size.seed
        )
        self.teller = Teller(
            from_sims(size.from_sims, active, seed=size.seed), sandbox, delay=size.sms_delay, rate=4,
            port=self.world.port, paths={kind: urlsplit(url).path for kind, url in urls.items()},
            key=self.enterprise.reveal("push_key"), seed=size.seed, threads=6,
        )  # fmt: skip
        connection.close()
        connection.close_pool()

    # --- acts

    def share(self) -> float:
        return min(1.0, self.writers.sent / self.size.messages)

    def is_done(self) -> bool:
        return self.writers.is_done

    def progress(self) -> str:
        return f"{self.writers.sent} sent, {self.writers.open} open, {self.teller.left} pushes to come"

    def open_rows(self) -> int:
        return self.teller.left or self.count(_OPEN)

    def check_crew(self) -> None:
        if error := self.writers.error or self.teller.error:
            raise error

    # --- figures

    def _judge(self) -> None:
        from tests.support.sms_campaign_watcher import LOG as SHOWN  # noqa: PLC0415
        from tests.support.sms_campaign_worker import LOG as STEPS  # noqa: PLC0415

        report, sandbox, teller = self.report, self.world.sandbox, self.teller
        report.counts, report.kills, report.deeds = self.world.counts, self.world.kills, self.writers.deeds
        killed = (self.world.folder / STEPS).read_text().splitlines() if self.size.step else []
        report.steps = dict(Counter(line.split(" ", 1)[1] for line in killed))
        report.answers = {str(status or "none"): count for status, count in teller.statuses.items()}
        report.sorts = dict(Counter(f"{one.kind} {one.sort}" for one in teller.letters if one.acks))
        report.readings = self.count("SELECT coalesce(sum(polls), 0) FROM messaging_message")
        ledger = sandbox.ledger()
        sent = [effect["detail"]["smsMsgId"] for effect in ledger if effect["operation"] == "send_sms"]
        with (self.world.folder / SHOWN).open() as lines:
            shown = Shown(lines)
        report.verdict = judge(
            read(self.world.database.url, self.enterprise.pk),
            ledger,
            ends(sandbox.base_url, sandbox.api_key, sent),
            shown,
            {own: any(letter.acks for letter in told) for own, told in teller.reports.items()},
            {
                one.body["smsMsgId"]: one.body
                for one in teller.letters
                if one.kind == "mo-sms" and one.sort is not Sort.FORGED and one.acks
            },
        )


OF_READINGS = [
    {"operation": "query_sms", "probability": share, **fault}
    for fault, share in (
        ({"kind": "drop_before"}, 0.03),
        ({"kind": "drop_after"}, 0.02),
        ({"kind": "truncate"}, 0.03),
        ({"kind": "status", "status": 500}, 0.03),
        ({"kind": "status", "status": 408}, 0.01),
        ({"kind": "html"}, 0.02),
        ({"kind": "delay", "seconds": 0.5}, 0.05),
    )
]
_OPEN = """SELECT (SELECT count(*) FROM commands_command
                   WHERE state NOT IN ('skipped', 'applied', 'rejected', 'not_applied', 'cancelled', 'needs_human'))
                + (SELECT count(*) FROM commands_plan
                   WHERE state IN ('freezing', 'draft', 'awaiting', 'running', 'paused'))
                + (SELECT count(*) FROM messaging_message WHERE state IN ('queued', 'sending', 'accepted'))
                + (SELECT count(*) FROM notifications_push WHERE state = 'new')
                + (SELECT count(*) FROM notifications_event WHERE verdict = 'pending')"""
