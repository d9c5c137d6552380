"""Some seconds of `make faults-sms`: a worker is killed at each step of a message while the platform answers badly and
reports come twice, shuffled or as lies.

Seen red: the slice with `believe_claims` and with `send_again` switched on in its workers.
"""

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from commands import plans
from commands.plans import Source
from enterprise.models import Enterprise
from messaging import sending
from messaging.models import Message
from notifications import addresses
from tests.factories import AccountFactory, SimFactory, UserFactory
from tests.notifications.sender import take
from tests.support import campaign_faults, sms_campaign_audit
from tests.support.commands_campaign_faults import of_change
from tests.support.push_letters import Sort
from tests.support.sandbox import ROOT, SandboxProcess, die_with_parent
from tests.support.sms_campaign import OF_READINGS
from tests.support.sms_campaign_check import Verdict, ends, judge, read
from tests.support.sms_campaign_nursery import LOG
from tests.support.sms_campaign_shown import Shown
from tests.support.sms_campaign_steps import STEPS
from tests.support.sms_campaign_teller import Teller, from_sims
from tests.support.sms_campaign_watcher import watch

LEASE, PATIENCE, MOST_SECONDS = 3, 2, 120.0
_OPEN = ("queued", "sending", "accepted")


class Door:
    """Takes pushes in this process, through the code the web server calls."""

    def post(self, path: str, body: bytes) -> int:
        return take(path, body)

    def close(self) -> None:
        connection.close()


class LocalTeller(Teller):
    def poster(self) -> Any:
        return Door()


@pytest.fixture
def platform() -> Iterator[SandboxProcess]:
    with SandboxProcess(sims=120) as sandbox:
        sandbox.settings(rate_limit=10**6, window_s=2, sms_delay_s=0.5)
        yield sandbox


@pytest.fixture
def audited(committed: Enterprise) -> Iterator[Enterprise]:
    """Its database writes down every step, and waits seconds for a report."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('messaging_follow'::regproc)")
        usual = cursor.fetchone()[0]
        sms_campaign_audit.watch(cursor)
        sms_campaign_audit.hasten(cursor)
    try:
        yield committed
    finally:
        with connection.cursor() as cursor:
            sms_campaign_audit.unwatch(cursor)
            cursor.execute(usual)


@pytest.mark.servers
def test_row_13_killed_at_each_step_a_message_has_one_effect_and_what_nobody_knows_is_shown_within_5_s(
    audited: Enterprise, platform: SandboxProcess, tmp_path: Path
) -> None:
    giccids = _fleet(audited, platform)
    platform.faults(of_change("send_sms", LEASE) + campaign_faults.of_reads() + OF_READINGS)
    teller = _teller(audited, platform, giccids)
    lines: list[str] = []
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(lines.append, over.is_set), daemon=True)
    nursery = _nursery(tmp_path)
    try:
        watcher.start()
        teller.start()
        _write(audited, giccids)
        _await(lambda: _killed(tmp_path) >= set(STEPS) and teller.left == 0 and not _open_rows(audited))
    finally:
        nursery.kill()
        nursery.wait()
        teller.stop()
        over.set()
        watcher.join(10)
        platform.faults([])
    assert teller.error is None
    verdict = _judged(audited, platform, teller, lines)
    assert verdict.violations == []
    assert _killed(tmp_path) == set(STEPS)
    assert verdict.messages == 48
    assert verdict.effects >= 30
    assert verdict.unclear
    assert max(verdict.unclear) <= 5
    assert verdict.silent >= 1
    assert verdict.proven >= 1
    assert verdict.from_sims >= 10


def _fleet(enterprise: Enterprise, platform: SandboxProcess) -> list[str]:
    enterprise.base_url, enterprise.is_sandbox = platform.base_url, True
    enterprise.set_secret("api_key", platform.api_key)
    enterprise.save()
    account = AccountFactory(enterprise=enterprise)
    giccids = [sim["giccid"] for sim in platform.fleet() if sim["status"] == "ACTIVATED"][:30]
    for giccid in giccids:
        SimFactory(account=account, giccid=giccid, status="ACTIVATED")
    platform.set_sim(giccids[0], status="DEACTIVATED")
    return giccids


def _teller(enterprise: Enterprise, platform: SandboxProcess, giccids: list[str]) -> Teller:
    urls = addresses.urls(addresses.ensure(enterprise).values())
    return LocalTeller(
        from_sims(20, giccids, seed=1), platform, delay=0.5, spread=2, rate=10, port=0,
        paths={kind: urlsplit(url).path for kind, url in urls.items()},
        key=enterprise.reveal("push_key"), seed=1, threads=2,
    )  # fmt: skip


def _nursery(folder: Path) -> "subprocess.Popen[bytes]":
    own = connection.settings_dict
    secret = f":{own['PASSWORD']}@" if own["PASSWORD"] else ""
    address = {"user": own["USER"], "host": own["HOST"], "port": own["PORT"]}
    query = "&".join(f"{name}={value}" for name, value in address.items() if value)
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{secret}/{own['NAME']}?{query}",
        "PORTAL_COMMANDS_LEASE": str(LEASE),
        "PORTAL_COMMANDS_PATIENCE": str(PATIENCE),
        "CAMPAIGN_FOLDER": str(folder),
    }
    command = [sys.executable, "-m", "tests.support.sms_campaign_nursery", *STEPS]
    return subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=die_with_parent)


def _write(enterprise: Enterprise, giccids: list[str]) -> None:
    """To many at once, and single ones; some of them the same text to the same SIM."""
    person = UserFactory(role="operator")
    plan = plans.make(
        person, enterprise, kind_name="sms", params={"text": "Status?"}, source=Source(giccids=tuple(giccids)),
        form_uid=uuid.uuid4(),
    )  # fmt: skip
    plans.submit(person, plan, digest=plan.digest)
    for number, giccid in enumerate([*giccids[1:10], *giccids[1:10]]):
        sending.send(person, enterprise, giccid, text=f"n{number % 8}", form_uid=uuid.uuid4())


def _watch(write: Callable[[str], Any], until: Callable[[], bool]) -> None:
    try:
        watch(write, until)
    finally:
        connection.close()


def _killed(folder: Path) -> set[str]:
    log = folder / LOG
    return {line.split(" ", 1)[1] for line in log.read_text().splitlines()} if log.exists() else set()


def _open_rows(enterprise: Enterprise) -> bool:
    own = Message.objects.filter(enterprise=enterprise, direction="mt")
    return own.filter(state__in=_OPEN).exists() or own.filter(command__state="unknown").exists()


def _await(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + MOST_SECONDS
    while not is_so() and time.monotonic() < until:
        time.sleep(0.2)


def _judged(enterprise: Enterprise, platform: SandboxProcess, teller: Teller, lines: list[str]) -> Verdict:
    own = connection.settings_dict
    url = f"host={own['HOST']} port={own['PORT']} dbname={own['NAME']} user={own['USER']} password={own['PASSWORD']}"
    ledger = platform.ledger()
    sent = [effect["detail"]["smsMsgId"] for effect in ledger if effect["operation"] == "send_sms"]
    told = {own: any(letter.acks for letter in letters) for own, letters in teller.reports.items()}
    written = {
        one.body["smsMsgId"]: one.body
        for one in teller.letters
        if one.kind == "mo-sms" and one.sort is not Sort.FORGED and one.acks
    }
    truth = ends(platform.base_url, platform.api_key, sent)
    return judge(read(url, enterprise.pk), ledger, truth, Shown(lines), told, written)
