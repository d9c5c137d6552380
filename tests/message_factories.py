"""Messages as the ledger's trigger and incoming pushes leave them: conversations follow by themselves."""

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from messaging.models import Message
from messaging.states import NEVER
from tests.factories import SimFactory


class MessageFactory(DjangoModelFactory):
    """To a SIM, delivered: `MessageFactory(sim=..., text=..., state="unknown")`; `heard` makes one from it."""

    class Meta:
        model = Message
        exclude = ["sim"]

    sim = factory.SubFactory(SimFactory, status="ACTIVATED")
    enterprise = factory.LazyAttribute(lambda o: o.sim.enterprise)
    giccid = factory.LazyAttribute(lambda o: o.sim.giccid)
    account_id = factory.LazyAttribute(lambda o: o.sim.account_id)
    direction = Message.Direction.MT
    state = "delivered"
    text = factory.Sequence(lambda n: f"Message {n}")
    at = factory.LazyFunction(timezone.now)
    run_at = NEVER


def heard(sim: object, text: str, **values: object) -> Message:
    """What a SIM sent, unread."""
    return MessageFactory(sim=sim, direction=Message.Direction.MO, state="received", text=text, **values)
