"""Pushes in a SIM's timeline: what was claimed, and what the reading said to it."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.statuses import sim_look
from notifications.kinds import KINDS
from notifications.models import Event
from sims.changes import Kind
from sims.models import Sim
from sims.timeline_entries import Batch, Entry, Told

MOST, MOST_ON_HEAD = 100, 3
JUST_TOLD = timedelta(minutes=5)
NEWS = """ARRAY(SELECT (id, verdict)::text FROM notifications_event
 WHERE enterprise_id = s.enterprise_id AND giccid = s.giccid ORDER BY happened_at DESC LIMIT 20)"""
"""For `sims.hooks.news_of_sim`: the newest events and what became of them."""
_STATUS = "sim-status"


def pushes(sim: Sim, before: datetime) -> Batch:
    """Events of a SIM before a moment, newest first; a page is a walk down `event_of_sim`."""
    own = Event.objects.filter(enterprise=sim.enterprise_id, giccid=sim.giccid, happened_at__lt=before)
    newest = own.select_related("push").defer("push__body", "claim").order_by("-happened_at", "-id")
    found = list(newest[:MOST])
    return Batch([_entry(event) for event in found], found[-1].happened_at if len(found) == MOST else None)


def just_told(sim: Sim) -> list[Entry]:
    """The newest of those that came in the last minutes, for the head of the SIM's page."""
    own = Event.objects.filter(enterprise=sim.enterprise_id, giccid=sim.giccid)
    newest = own.select_related("push").defer("push__body", "claim").order_by("-happened_at", "-id")
    since = timezone.now() - JUST_TOLD
    return [_entry(event) for event in newest[:MOST_ON_HEAD] if event.push.received_at >= since]


def _entry(event: Event) -> Entry:
    kind = KINDS[event.kind]
    return Entry(
        at=event.happened_at,
        kind=Kind.PUSH,
        icon=kind.icon,
        title=kind.label,
        before=event.original,
        after=event.target,
        detail=_read(event),
        sources=(Told("push", event.push.received_at),),
        url=reverse("notifications:push", args=[event.push_id]),
        state="reading" if event.verdict == Event.Verdict.PENDING else event.verdict,
        is_status=event.kind == _STATUS,
        key=f"push-{event.push_id}",
    )


def _read(event: Event) -> str:
    """What the reading said, where it said anything else than the claim."""
    if event.observed is None or str(event.observed) == event.target:
        return ""
    observed = str(event.observed)
    words = str(sim_look(observed).label) if event.kind == _STATUS else observed
    return _("The reading says: %(observed)s") % {"observed": words}
