"""An enterprise wired to a scripted platform, and messages on their way to its SIMs."""

import uuid

import pytest

from commands import execute
from commands.models import Command
from enterprise.models import Enterprise
from messaging import sending
from messaging.models import Message
from sims.models import Sim
from staff.models import User
from tests.commands.conftest import gate, patient, platform, wired, wired_account
from tests.commands.platform import Platform
from tests.factories import AccountFactory, SimFactory
from tests.support.committed import committed

__all__ = ["committed", "gate", "patient", "platform", "wired", "wired_account"]


@pytest.fixture
def phone(wired: Enterprise, platform: Platform) -> Sim:
    """An activated SIM the platform has, too."""
    sim = SimFactory(account=AccountFactory(enterprise=wired), status="ACTIVATED")
    platform.take(sim)
    return sim


def write(person: User, sim: Sim, text: str = "Status?", uid: uuid.UUID | None = None) -> Message:
    """A message of that person to that SIM, queued."""
    plan = sending.send(person, sim.enterprise, sim.giccid, text=text, form_uid=uid or uuid.uuid4())
    return Message.objects.get(plan_id=plan.pk)


def send(person: User, sim: Sim, text: str = "Status?") -> Message:
    """The same, and the worker had its turn."""
    message = write(person, sim, text)
    execute.dispatch(sim.enterprise_id)
    return fresh(message)


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def order_of(message: Message) -> Command:
    return Command.objects.select_related("plan").get(pk=message.command_id)
