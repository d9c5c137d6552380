"""A SIM that is ordered about and read again, for tests of drift. Import the fixture `read` into a test module."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from commands.models import Command, Intent, Plan, State
from mirror.apply import Origin, apply
from sims.models import Sim
from sims.spec import SIM
from tests.command_factories import CommandFactory, PlanFactory
from tests.factories import sim_payload

MINUTE = timedelta(minutes=1)
Read = Callable[..., None]


@pytest.fixture
def read(sim: Sim) -> Read:
    """`read(status="ACTIVATED")`: a direct read of the SIM, a minute ago unless `at` says otherwise."""

    def answer(at: Any = None, source: str = "refresh", is_direct: bool = True, **values: Any) -> None:
        own = {"imsi": sim.imsi, "msisdn": sim.msisdn, "imei": sim.imei, "package_name": "IoT 100 MB"}
        payload = sim_payload(sim.giccid, **own | values)
        scope = {"account_id": sim.account_id}
        moment = at or timezone.now() + MINUTE
        apply(SIM, [payload], Origin(sim.enterprise_id, source, moment, scope, is_direct=is_direct))
        sim.refresh_from_db()

    return answer


def applied(sim: Sim, kind: str = "suspend", after: str | None = None, **params: str) -> Command:
    """An order that was carried out just now."""
    plan = PlanFactory(enterprise=sim.enterprise, kind=kind, params=params, state=Plan.State.RUNNING)
    command = CommandFactory(
        sim=sim, plan=plan, state=State.ACKED, before="x", **({"after": after} if after else {})
    )
    Command.objects.filter(pk=command.pk).update(state=State.APPLIED, settled_at=timezone.now())
    return command


def drifting(sim: Sim) -> list[str]:
    rows = Intent.objects.filter(enterprise=sim.enterprise).exclude(drifted_at=None)
    return list(rows.order_by("aspect").values_list("aspect", flat=True))
