"""Plans of messages with a pace, a clock that stands until it is moved, and the worker's turns at them."""

import uuid
from collections.abc import Iterator
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from commands import execute, plans, running
from commands.models import Command, Plan, State
from commands.pace import Pace
from commands.quiet import QuietHours
from enterprise.models import Enterprise
from sims.models import Sim
from staff.models import User
from tests.commands.platform import Platform
from tests.factories import AccountFactory, SimFactory

NIGHT = QuietHours(time(21), time(8))
Fleet = list[Sim]


def at(text: str, zone: str = "Europe/Stockholm") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at("2026-06-01T12:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fleet(wired: Enterprise, platform: Platform) -> Fleet:
    """Six at home in Sweden (240)."""
    sims = SimFactory.create_batch(
        6, account=AccountFactory(enterprise=wired), status="ACTIVATED", imsi="240011234567890"
    )
    platform.take(*sims)
    return sims


def released(person: User, sims: Fleet, pace: Pace) -> Plan:
    plan = plans.make(
        person,
        sims[0].enterprise,
        kind_name="sms",
        params={"text": "Status?"},
        source=plans.Source(giccids=tuple(sim.giccid for sim in sims)),
        form_uid=uuid.uuid4(),
        pace=pace.as_json(),
    )
    return plans.submit(person, plan, digest=plan.digest)


def turn(plan: Plan) -> Plan:
    """The worker's turn at the plan, if it is due, and at what is queued."""
    running.advance(plan.pk, timezone.now())
    execute.dispatch(plan.enterprise_id)
    return Plan.objects.get(pk=plan.pk)


def sent_at(plan: Plan) -> list[datetime]:
    rows = Command.objects.filter(plan=plan).exclude(sent_at=None)
    return sorted(rows.values_list("sent_at", flat=True))


def queued(plan: Plan) -> int:
    return Command.objects.filter(plan=plan, state=State.QUEUED).count()
