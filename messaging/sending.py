"""A message to one SIM, written by a person: a plan of one line, released at once."""

import uuid

from django.utils.translation import gettext as _

from commands import plans
from commands.models import Command, Plan
from commands.refusals import Refused
from commands.states import MESSAGE
from commands.why import why_text
from enterprise.models import Enterprise
from messaging.kind import policy_of
from staff.models import User


def send(actor: User, enterprise: Enterprise, giccid: str, *, text: str, form_uid: uuid.UUID) -> Plan:
    """Queued for sending, once however often the form comes. Raises `Refused` with what to do; then nothing is kept."""
    params = {"text": text, "max_parts": policy_of(enterprise.pk).max_parts}
    source = plans.Source(giccids=(giccid,))
    plan = plans.make(actor, enterprise, kind_name=MESSAGE, params=params, source=source, form_uid=form_uid)
    if plan.state != Plan.State.DRAFT or plan.changing:
        return plans.submit(actor, plan, digest=plan.digest) if plan.state == Plan.State.DRAFT else plan
    reason = _why_not(plan)
    plan.delete()
    raise Refused(reason)


def _why_not(plan: Plan) -> str:
    line = Command.objects.filter(plan=plan).first()
    if line is None:
        return _("This SIM is not known.")
    reason = why_text(line.why, line.group)
    return f"{reason}: {line.error}" if line.error else f"{reason}."
