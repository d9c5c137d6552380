"""A sandbox's fleet in our tables, and a plan that suspends all of it."""

import uuid
from typing import Any

from django.utils import timezone

from commands import plans
from commands.making import freeze
from commands.models import Plan
from enterprise.models import Enterprise
from mirror import leases
from mirror.apply import Origin, apply
from sims.models import Sim
from sims.spec import SIM
from staff.models import User
from tests.support.sandbox import SandboxProcess

CHUNK = 5000


def enterprise_of(sandbox: SandboxProcess) -> Enterprise:
    """Its SIMs here as they are there."""
    enterprise = Enterprise(name=f"Bench {uuid.uuid4()}", base_url=sandbox.base_url, is_sandbox=True)
    enterprise.set_secret("api_key", sandbox.api_key)
    enterprise.save()
    fleet = sandbox.fleet()
    for start in range(0, len(fleet), CHUNK):
        apply(
            SIM,
            fleet[start : start + CHUNK],
            Origin(enterprise.pk, "sweep", timezone.now(), {"account_id": None}),
        )
    return enterprise


def plan_for(enterprise: Enterprise) -> Any:
    """Frozen and released, as after an approval."""
    owner = User.objects.get(username="bench")
    active = Sim.objects.filter(enterprise=enterprise, status="ACTIVATED")
    plan = Plan.objects.create(
        enterprise=enterprise,
        kind="suspend",
        created_by=owner,
        submitted_by=owner,
        source={"giccids": list(active.values_list("giccid", flat=True))},
        fence=1,
        lease_until=timezone.now() + leases.LEASE,
    )
    freeze(plan)
    plans.release(plan)
    plan.save()
    return plan
