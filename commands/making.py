"""Making plans: what would happen, frozen while the person waits or, when there are too many SIMs, by a worker."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commands.fleet import fleet
from commands.kinds import BadParams, Kind, kind_named
from commands.models import Command, Plan, Rules
from commands.refusals import Refused
from commands.states import FAILED
from enterprise.connections import may
from enterprise.models import Enterprise
from mirror import leases
from staff.models import User

# What can be frozen in this time is frozen while the person waits; a larger plan is a worker's work.
AT_ONCE_MS = 300


@dataclass(frozen=True)
class Source:
    """Where a plan's SIMs come from: a selection, ICCIDs, or what failed, or was never sent, in another plan."""

    selection: uuid.UUID | None = None
    giccids: tuple[str, ...] = ()
    failed_of: uuid.UUID | None = None
    unsent_of: uuid.UUID | None = None

    def as_json(self) -> dict[str, Any]:
        if self.selection:
            return {"selection": str(self.selection)}
        if self.unsent_of:
            return {"unsent": str(self.unsent_of)}
        return {"plan": str(self.failed_of)} if self.failed_of else {"giccids": list(self.giccids)}


def rules_of(enterprise: Enterprise) -> Rules:
    """The enterprise's own, or the defaults."""
    return Rules.objects.filter(enterprise=enterprise).first() or Rules(enterprise=enterprise)


def is_sure(enterprise: Enterprise, kind: Kind) -> bool:
    """Whether the platform's documentation, or an administrator, vouches for a way to do this."""
    operations = [kind.operation, *([kind.batch_operation] if kind.batch_operation else [])]
    return any(may(enterprise, operation) for operation in operations)


def make(
    actor: User,
    enterprise: Enterprise,
    *,
    kind_name: str,
    params: Mapping[str, Any],
    source: Source,
    form_uid: uuid.UUID,
    reason: str = "",
    cooling_hours: int = 0,
    pace: Mapping[str, Any] | None = None,
) -> Plan:
    """A plan of what would happen, at a `pace.Pace.as_json`. A double click finds the first one. Raises `Refused`."""
    kind = kind_named(kind_name)
    plan = Plan(
        enterprise=enterprise,
        kind=kind_name,
        params=_cleaned(enterprise, kind, params),
        created_by=actor,
        source=source.as_json(),
        reason=reason[:500],
        cooling_hours=cooling_hours if kind.needs_second_person else 0,
        stop_percent=rules_of(enterprise).stop_percent,
        parent_id=source.failed_of or source.unsent_of,
        pace=dict(pace or {}),
    )
    plan.uid = _uid(plan, form_uid, cooling_hours)
    return _freeze_now(plan)


def _uid(plan: Plan, form_uid: uuid.UUID, cooling_hours: int) -> uuid.UUID:
    """The same for the same person, form and wish."""
    asked_for = [plan.kind, plan.params, plan.source, cooling_hours, *([plan.pace] if plan.pace else [])]
    person, enterprise = plan.created_by_id, plan.enterprise_id
    return uuid.uuid5(form_uid, f"{person} {enterprise} {json.dumps(asked_for, sort_keys=True)}")


def _cleaned(enterprise: Enterprise, kind: Kind, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as they are sent. Raises `Refused`."""
    if not is_sure(enterprise, kind):
        raise Refused(
            _(
                "SmartHub does not document this change. An administrator can confirm it in the rules for changes."
            )
        )
    try:
        return kind.clean(params)
    except BadParams as problem:
        raise Refused(str(problem)) from None


def _freeze_now(plan: Plan) -> Plan:
    plan.fence, plan.lease_until = 1, timezone.now() + leases.LEASE
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError:
        return Plan.objects.get(pk=plan.pk)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(AT_ONCE_MS)])
            freeze(plan)
    except OperationalError:  # too many for us: a worker takes it at the next tick
        leases.keep(plan, lease_until=None)
    return plan


def freeze(plan: Plan) -> None:
    """Resolves a held plan. Inside a transaction; raises `leases.LeaseLost`."""
    leases.keep(plan)  # locks the row, so that a holder whose lease ran out can't write beside us
    fleet().freeze(plan)
    leases.keep(
        plan,
        state=Plan.State.DRAFT,
        frozen_at=timezone.now(),
        lease_until=None,
        total=plan.total,
        groups=plan.groups,
        calls=plan.calls,
        digest=plan.digest,
        account_ids=plan.account_ids,
        whys=plan.whys,
        homes=plan.homes,
    )


def retry_failed(actor: User, plan: Plan, *, form_uid: uuid.UUID) -> Plan:
    """A new plan of those that were refused or not applied, frozen as the fleet is now."""
    failed = Command.objects.filter(plan=plan, state__in=FAILED)
    if not failed.exists():
        raise Refused(_("Nothing in this plan has failed."))
    return make(
        actor,
        plan.enterprise,
        kind_name=plan.kind,
        params=plan.params,
        source=Source(failed_of=plan.pk),
        form_uid=form_uid,
        reason=plan.reason,
        cooling_hours=plan.cooling_hours,
        pace=plan.pace,
    )
