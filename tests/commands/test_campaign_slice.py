"""A minute of `make faults-commands`, and tests of that test: with a safety switched off, its judge must complain.

Seen red: the slice with `CAMPAIGN_CONTROL` set; the judge with its count of effects taken away.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from commands import claims, execute, settle
from commands.models import Command, State
from commands.states import SETTLING
from enterprise.models import Enterprise
from tests.command_factories import CommandFactory, PlanFactory
from tests.factories import AccountFactory, SimFactory
from tests.support.commands_campaign_check import Verdict, check
from tests.support.commands_campaign_worker import CONTROLS
from tests.support.committed import committed  # noqa: F401 - a fixture
from tests.support.sandbox import ROOT, SandboxProcess

pytestmark = pytest.mark.servers
MOST_SECONDS = 60.0


def test_a_minute_of_faults_leaves_no_double_and_no_wrong_verdict():
    answer = subprocess.run(
        [sys.executable, "benchmarks/commands_campaign.py", "slice", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    report = json.loads(answer.stdout)
    assert report["complaints"] == []
    assert report["orders"] >= 60
    assert report["verdict"]["effects"] >= 40
    assert report["kills"] >= 10
    assert {"FLUSHALL", "Valkey frozen", "PostgreSQL kills"} <= set(report["counts"])
    assert sum(count for name, count in report["fired"].items() if name.startswith("changes")) >= 3


# --- tests of the test


class Killed(BaseException):
    """The end of a worker, as far as its rows can tell."""


@pytest.fixture(scope="module")
def platform() -> Iterator[SandboxProcess]:
    with SandboxProcess(sims=20) as sandbox:
        yield sandbox


@pytest.fixture
def command(committed: Enterprise, platform: SandboxProcess) -> Command:  # noqa: F811
    """Queued: the custom fields of one SIM, which show at once and which the platform writes as often as it is told."""
    committed.base_url, committed.is_sandbox = platform.base_url, True
    committed.set_secret("api_key", platform.api_key)
    committed.save()
    sim = SimFactory(account=AccountFactory(enterprise=committed), giccid=platform.fleet()[0]["giccid"])
    plan = PlanFactory(
        enterprise=committed, kind="custom_fields", state="running", params={"custom1": str(committed.uid)}
    )
    return CommandFactory(plan=plan, sim=sim, state=State.QUEUED)


def lose_the_lease() -> None:
    """What a worker that stood still or died leaves, half a minute later."""
    Command.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))
    claims.recover(timezone.now())


def run_while(command: Command, states: tuple[State, ...], step: Callable[[int], None]) -> None:
    """A worker's turns until the command has left these states: when the machine stalls, one alone is postponed."""
    until = time.monotonic() + MOST_SECONDS
    due = Command.objects.filter(pk=command.pk, state__in=states)
    while due.update(run_at=timezone.now()) and time.monotonic() < until:
        step(command.enterprise_id)


def dispatch(command: Command) -> None:
    run_while(command, (State.QUEUED,), execute.dispatch)


def judged(command: Command, platform: SandboxProcess) -> Verdict:
    """After its outcome was read back."""
    run_while(command, SETTLING, settle.settle)
    own = connection.settings_dict
    url = f"host={own['HOST']} port={own['PORT']} dbname={own['NAME']} user={own['USER']} password={own['PASSWORD']}"
    ledger = [effect for effect in platform.ledger() if effect["requestId"].startswith(str(command.plan_id))]
    return check(url, command.enterprise_id, ledger)


def switch_off(safety: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name, value in CONTROLS[safety]() if safety else []:
        monkeypatch.setattr(place, name, value)


@pytest.mark.parametrize(("safety", "is_double"), [("", False), ("fencing", True)])
def test_a_worker_that_slept_too_long_sends_twice_only_without_fencing(
    command: Command, platform: SandboxProcess, monkeypatch: pytest.MonkeyPatch, safety: str, is_double: bool
):
    switch_off(safety, monkeypatch)
    original, sleepers = execute.Order.before_send, [True]

    def before_send(order: execute.Order, operation: str) -> None:
        if operation == order.operation and sleepers:
            sleepers.clear()
            lose_the_lease()
            dispatch(command)  # somebody else, meanwhile
        original(order, operation)

    monkeypatch.setattr(execute.Order, "before_send", before_send)
    dispatch(command)
    assert not sleepers
    assert_judged(judged(command, platform), is_double=is_double)


@pytest.mark.parametrize(("safety", "is_double"), [("", False), ("sent", True)])
def test_a_worker_that_is_killed_before_the_answer_has_it_sent_twice_only_without_the_commit(
    command: Command, platform: SandboxProcess, monkeypatch: pytest.MonkeyPatch, safety: str, is_double: bool
):
    switch_off(safety, monkeypatch)

    def die(*_all: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(execute.outcomes, "accepted", die)
        dispatch(command)
    lose_the_lease()
    dispatch(command)
    assert_judged(judged(command, platform), is_double=is_double)


def assert_judged(verdict: Verdict, *, is_double: bool) -> None:
    if is_double:
        assert any(text.startswith("double") for text in verdict.violations)
        assert verdict.effects == 2
    else:
        assert verdict.violations == []
        assert verdict.table == {"applied": {1: 1}}
