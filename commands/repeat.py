"""Making a plan again: the same change for the same SIMs, frozen as they are now."""

import uuid

from django.utils.translation import gettext as _

from commands.making import Source, make
from commands.models import Plan
from commands.refusals import Refused
from commands.states import MESSAGE
from staff.models import User


def make_again(actor: User, plan: Plan, *, form_uid: uuid.UUID) -> Plan:
    """A new draft out of the same source. Raises `Refused`."""
    if plan.kind == MESSAGE and plan.started_at and plan.is_open:
        raise Refused(_("This plan is under way. Cancel the rest of it first."))
    source = _source_of(plan)
    if source is None:
        raise Refused(_("This plan belongs to another one. Make that one again."))
    return make(
        actor,
        plan.enterprise,
        kind_name=plan.kind,
        params=plan.params,
        source=source,
        form_uid=form_uid,
        reason=plan.reason,
        cooling_hours=plan.cooling_hours,
        pace=plan.pace,
    )


def _source_of(plan: Plan) -> Source | None:
    """None for a plan without a source of its own: the suspension before a retirement.

    Of a plan of messages that has begun only those that got none: nothing about a SIM shows that it had one.
    """
    if plan.kind == MESSAGE and plan.started_at:
        return Source(unsent_of=plan.pk)
    if uid := plan.source.get("unsent"):
        return Source(unsent_of=uuid.UUID(str(uid)))
    if uid := plan.source.get("selection"):
        return Source(selection=uuid.UUID(str(uid)))
    if uid := plan.source.get("plan"):
        return Source(failed_of=uuid.UUID(str(uid)))
    giccids = tuple(str(giccid) for giccid in plan.source.get("giccids", []))
    return Source(giccids=giccids) if giccids else None
