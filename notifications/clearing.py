"""Whether what an event told still holds: asked again whenever the SIM was read and changed since."""

from datetime import datetime

from django.db import connection, transaction

from notifications import watching
from notifications.models import Event, Occurrence
from notifications.verdicts import judge
from sims.models import Sim

MOST = 1000
# Confirmed once, the SIM changed since, and nobody looked after that.
_DUE = """
SELECT o.id FROM notifications_occurrence o
  JOIN notifications_alert a ON a.id = o.alert_id AND a.state <> 'resolved'
  JOIN sims_sim s ON s.enterprise_id = o.enterprise_id AND s.giccid = o.giccid AND s.observed_at > o.checked_at
 WHERE o.cleared_at IS NULL AND o.event_id IS NOT NULL AND o.verdict = 'confirmed'
 ORDER BY o.checked_at LIMIT %s
"""


@transaction.atomic
def look(now: datetime) -> int:
    """Clears what the newest reading does not show any more; how many occurrences were looked at."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [MOST])
        due = [row[0] for row in cursor.fetchall()]
    found = list(Occurrence.objects.filter(pk__in=due).select_related("event").order_by("pk"))
    sims = {
        (sim.enterprise_id, sim.giccid): sim
        for sim in Sim.objects.filter(giccid__in={row.giccid for row in found})
    }
    gone = [
        row.pk
        for row in found
        if row.event and _is_over(row.event, sims.get((row.enterprise_id, row.giccid)))
    ]
    Occurrence.objects.filter(pk__in=set(due) - set(gone)).update(checked_at=now)
    watching.clear(gone, now)
    return len(found)


def _is_over(event: Event, sim: Sim | None) -> bool:
    """Judged on a copy: the event keeps the verdict of its own reading."""
    again = Event(kind=event.kind, target=event.target, original=event.original, claim=event.claim)
    judge(again, sim)
    return again.verdict == Event.Verdict.CONTRADICTED
