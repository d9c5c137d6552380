"""Plans as people make them, and the forms of their pages."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.test import Client

from commands import plans
from commands.making import Source
from commands.models import Plan, Rules
from enterprise.models import Account
from sims.models import Sim
from staff.models import User
from tests import factories


def fleet_of(account: Account, count: int, status: str = "ACTIVATED") -> list[Sim]:
    sims: list[Sim] = factories.SimFactory.create_batch(count, account=account, status=status)
    return sims


def plan_of(actor: User, sims: list[Sim], kind: str = "suspend", **more: Any) -> Plan:
    """A draft over these SIMs, frozen as in production."""
    return plans.make(
        actor,
        sims[0].enterprise,
        kind_name=kind,
        params=more.pop("params", {}),
        source=Source(giccids=tuple(sim.giccid for sim in sims)),
        form_uid=uuid.uuid4(),
        **more,
    )


def second_person_above(account: Account, sims: int) -> None:
    Rules.objects.create(enterprise=account.enterprise, approval_over=sims)


def order(plan: Plan, **more: str) -> dict[str, str]:
    """The form of a draft as the page shows it, ticked."""
    return {"digest": plan.digest, "mode": "now", "reason": "Stolen from the depot", "agree": "on"} | more


def say(browser: Client, plan: Plan, deed: str, **data: str) -> HttpResponse:
    """Presses a button of the plan's page, and looks at the page it leads to."""
    response: HttpResponse = browser.post(f"/commands/plans/{plan.pk}/{deed}/", data, follow=True)
    return response


def text(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())
