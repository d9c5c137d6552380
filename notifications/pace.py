"""When the next reads on behalf of pushes go: at once when it is quiet, together when it storms.

The first pushes are read back at once, those that follow wait for the next moment, together. While they come faster
than ten a second, the next moment is twice as far away, up to `WIDEST_SECONDS`: 10,000 forged pushes at 200 a second
about a fleet of 2,000 cost some 70 calls.
"""

from datetime import datetime, timedelta

from django.db import transaction

from notifications.models import ReadPace

WIDEST_SECONDS = 16
CROWDED = 10  # SIMs a second


@transaction.atomic
def next_read(enterprise_id: int, sims: int, now: datetime) -> datetime:
    """The moment these SIMs are to be read. Locks the enterprise's pace until the transaction ends."""
    ReadPace.objects.bulk_create([ReadPace(enterprise_id=enterprise_id, next_at=now)], ignore_conflicts=True)
    pace = ReadPace.objects.select_for_update().get(pk=enterprise_id)
    if pace.next_at > now:
        pace.hinted += sims
        pace.save(update_fields=["hinted"])
        return pace.next_at
    widest = WIDEST_SECONDS if now - pace.next_at < timedelta(seconds=WIDEST_SECONDS) else 1
    is_crowded = pace.hinted + sims >= CROWDED * pace.gap_seconds
    pace.gap_seconds = min(pace.gap_seconds * 2, widest) if is_crowded else 1
    pace.next_at, pace.hinted = now + timedelta(seconds=pace.gap_seconds), 0
    pace.save()
    return now
