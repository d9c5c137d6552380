"""Commands in a SIM's timeline: each stands where its present state began."""

from datetime import datetime

from django.utils.translation import gettext as _

from commands.models import Command, State
from commands.states import FAILED, ORDERED
from common.statuses import state_look
from sims.changes import Kind
from sims.models import Sim
from sims.order_presentation import line
from sims.timeline_entries import Batch, Entry, Told

MOST = 100
NOT_DONE = (*FAILED, State.CANCELLED)


def commands(sim: Sim, before: datetime) -> Batch:
    """What was ordered from here. One under way moves up the stream until its outcome is known."""
    own = Command.objects.filter(enterprise=sim.enterprise_id, giccid=sim.giccid, state__in=ORDERED)
    older = own.filter(changed_at__lt=before).select_related("plan", "plan__created_by")
    found = list(older.order_by("-changed_at", "-id")[:MOST])
    reaches = found[-1].changed_at if len(found) == MOST else None
    return Batch([_entry(order) for order in found], reaches)


def _entry(order: Command) -> Entry:
    told, state = line(order), state_look(order.state).label
    title = _("%(change)s: %(state)s") % {"change": told["label"], "state": state}
    person = told["person"]
    return Entry(
        at=order.changed_at,
        kind=Kind.COMMAND,
        icon=told["icon"],
        title=title,
        before=told["before"] or None,
        after=told["after"] or None,
        detail=order.plan.reason or str(told["happens"]),
        problem=(order.error or str(state)) if order.state in NOT_DONE else "",
        sources=(Told(person.display_name if person else "portal"),),
        url=told["url"],
        key=f"command-{order.pk}",
    )
