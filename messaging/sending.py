"""A message to one SIM, written by a person: a plan of one line, released at once."""

import time
import uuid

from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from commands import plans
from commands.kinds import kind_named
from commands.models import Command, Plan
from commands.refusals import Refused
from commands.states import MESSAGE
from commands.why import why_text
from enterprise.models import Enterprise
from messaging.kind import policy_of
from mirror import leases
from staff.models import User

PATIENCE_SECONDS = 5.0


def send(actor: User, enterprise: Enterprise, giccid: str, *, text: str, form_uid: uuid.UUID) -> Plan:
    """Queued for sending, once however often the form comes. Raises `Refused` with what to do; then nothing is kept."""
    params = {"text": text, "max_parts": policy_of(enterprise.pk).max_parts}
    source = plans.Source(giccids=(giccid,))
    made = plans.make(actor, enterprise, kind_name=MESSAGE, params=params, source=source, form_uid=form_uid)
    plan = _frozen(made)
    if plan.state != Plan.State.DRAFT:
        return plan
    if plan.changing:
        return plans.submit(actor, plan, digest=plan.digest)
    reason = _why_not(plan)
    plan.delete()
    raise Refused(reason)


def _frozen(plan: Plan) -> Plan:
    """The plan once it is frozen: by us, or by who holds it (a first click, a worker). Raises `Refused`.

    Larger plans are left to a worker when that takes too long; what a person wrote must not become a forgotten draft.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    waiting = Plan.objects.filter(pk=plan.pk, state=Plan.State.FREEZING)
    while plan.state == Plan.State.FREEZING:
        if held := _freeze_it(waiting):
            return held
        if time.monotonic() > until:
            leases.claimable(waiting, timezone.now()).delete()
            raise Refused(_("The database is busy, so nothing was sent. Try again in a moment."))
        time.sleep(0.05)
        try:
            plan.refresh_from_db()
        except Plan.DoesNotExist:  # the first click was refused
            raise Refused(_("Nothing was sent. Try again in a moment.")) from None
    return plan


def _freeze_it(waiting: "QuerySet[Plan]") -> Plan | None:
    held = leases.claim(waiting, timezone.now())
    if held is None:
        return None
    try:
        with transaction.atomic():
            plans.freeze(held)
    except OperationalError:
        leases.keep(held, lease_until=None)
        return None
    return held


def _why_not(plan: Plan) -> str:
    line = Command.objects.filter(plan=plan).first()
    if line is None:
        return _("This SIM is not known.")
    reason = why_text(line.why, line.group)
    note = kind_named(MESSAGE).explain(line.why, line.error)
    return f"{reason}: {note}" if note else f"{reason}."
