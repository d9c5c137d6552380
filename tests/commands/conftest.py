"""An enterprise wired to a scripted platform, people, and commands that wait to be sent.

The gate is open: what the budget says is played by `gate.refusal`. Calls have three seconds to end.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone

from commands import claims, execute, job_polls, settle
from commands.models import Command, Plan, State
from enterprise import connections
from enterprise.models import Account, Enterprise
from smarthub_client import SmartHubError
from tests.command_factories import CommandFactory, PlanFactory
from tests.commands.platform import LOST_BEFORE, Platform
from tests.factories import AccountFactory, EnterpriseFactory, SimFactory
from tests.support.committed import committed

__all__ = ["committed"]

PATIENCE = 60


class OpenGate:
    """Stands for the budget's gate: lets everything pass, or raises `refusal`."""

    refusal: SmartHubError | None = None
    on_pass: Callable[[str], None] = lambda _operation: None

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        pass

    def gate(self, operation: str) -> None:
        OpenGate.on_pass(operation)
        if OpenGate.refusal is not None:
            raise OpenGate.refusal

    def on_reply(self, *_args: object) -> None:
        pass

    def on_failure(self, *_args: object) -> None:
        pass


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> type[OpenGate]:
    """`gate.refusal = BudgetExhausted(…)` closes it."""
    monkeypatch.setattr(connections, "Gatekeeper", OpenGate)
    monkeypatch.setattr(OpenGate, "refusal", None)
    monkeypatch.setattr(OpenGate, "on_pass", lambda _operation: None)
    return OpenGate


@pytest.fixture
def platform(gate: type[OpenGate], monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    monkeypatch.setattr(execute, "CALL_SECONDS", 3.0)
    monkeypatch.setattr(claims, "CALL_SECONDS", 3.0)
    monkeypatch.setattr(job_polls, "client_for", partial(connections.client_for, seconds=1.0))
    monkeypatch.setattr("smarthub_client.calls._BACKOFF", 0.001)
    monkeypatch.setattr("commands.queueing.wake_workers", lambda _name: None)
    played = Platform()
    with played.server:
        yield played


def wire(platform: Platform, **values: Any) -> Enterprise:
    return EnterpriseFactory(base_url=platform.server.base_url, **{"is_sandbox": True} | values)


@pytest.fixture
def wired(db: None, platform: Platform) -> Enterprise:
    """The platform's enterprise, a sandbox: every change is allowed."""
    return wire(platform)


@pytest.fixture
def wired_account(wired: Enterprise) -> Account:
    return AccountFactory(enterprise=wired)


Order = Callable[..., list[Command]]


def order_of(platform: Platform, account: Account, count: int = 1, **values: Any) -> list[Command]:
    kind, params = values.pop("kind", "suspend"), values.pop("params", {})
    status = values.pop("status", "ACTIVATED")
    plan = values.pop("plan", None) or PlanFactory(
        enterprise=account.enterprise, kind=kind, params=params, state=Plan.State.RUNNING
    )
    sims = SimFactory.create_batch(count, account=account, status=status)
    platform.take(*sims)
    return [CommandFactory(sim=sim, plan=plan, **{"state": State.QUEUED} | values) for sim in sims]


@pytest.fixture
def order(platform: Platform, wired_account: Account) -> Order:
    """`order(3, kind="suspend")`: that many queued commands of one running plan, for SIMs the platform has."""
    return partial(order_of, platform, wired_account)


def fresh(command: Command) -> Command:
    return Command.objects.select_related("plan", "job").get(pk=command.pk)


def states(commands: list[Command]) -> list[str]:
    rows = Command.objects.filter(pk__in=[command.pk for command in commands]).order_by("pk")
    return list(rows.values_list("state", flat=True))


# --- time and settling


@pytest.fixture
def patient() -> Iterator[None]:
    """The promise's 60 seconds, whatever this machine's settings say."""
    with override_settings(COMMANDS_PATIENCE_SECONDS=PATIENCE):
        yield


@contextmanager
def after(seconds: float) -> Iterator[None]:
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        yield


def look(enterprise: Enterprise, seconds: float) -> None:
    """Settles at this moment whatever is in doubt, due or not."""
    with after(seconds):
        Command.objects.filter(state__in=[State.ACKED, State.UNKNOWN]).update(run_at=timezone.now())
        settle.settle(enterprise.pk)


def evidence(command: Command) -> list[str]:
    return [entry["by"] for entry in fresh(command).evidence]


@pytest.fixture
def lost(wired: Enterprise, order: Order, platform: Platform) -> Command:
    """Sent, not carried out, and the answer got lost."""
    (command,) = order()
    platform.answers.append(LOST_BEFORE)
    execute.dispatch(wired.pk)
    return fresh(command)
