"""When the next reads on behalf of pushes go: at once while readings pay, further and further apart while they don't.

A reading pays when a claim that contradicts the mirror turns out to be true. Nobody knows that beforehand, so each
moment puts the next one twice as far away, until a reading pays. Whoever invents pushes, at whatever rate, is worth a
dozen moments; after those nothing is read that sweeps don't read anyhow, and they answer hints, too. Claims that agree
with the mirror climb a ladder of their own: they don't hold up news, and being true of old earns nothing.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Least

from notifications.models import ReadPace

FIRST_SECONDS = 1
_MOST_SECONDS = 32_767  # what the column holds
# Twice the time between sweeps: one of them comes first and answers what waits.
_SWEEPS = 2


def widest(sweep_minutes: int) -> int:
    """Seconds between two moments at most."""
    return min(_SWEEPS * 60 * sweep_minutes, _MOST_SECONDS)


def step(next_at: datetime | None, gap: int, now: datetime, most: int) -> tuple[datetime, datetime, int]:
    """(When to read, the moment after that, and how far away the one after it will be), for a claim that came `now`."""
    if next_at is not None and next_at > now:
        return next_at, next_at, gap
    if next_at is None or now - next_at >= timedelta(seconds=most):  # quiet for so long: all is forgiven
        gap = FIRST_SECONDS
    return now, now + timedelta(seconds=gap), min(gap * 2, most)


@transaction.atomic
def next_read(enterprise_id: int, now: datetime, *, is_news: bool) -> datetime:
    """The moment these SIMs are to be read. Locks the enterprise's pace until the transaction ends."""
    ReadPace.objects.bulk_create([ReadPace(enterprise_id=enterprise_id)], ignore_conflicts=True)
    rows = ReadPace.objects.select_related("enterprise").select_for_update(of=("self",))
    pace = rows.get(pk=enterprise_id)
    names = ("next_at", "gap_seconds") if is_news else ("known_next_at", "known_gap_seconds")
    most = widest(pace.enterprise.sweep_minutes)
    moment, next_at, gap = step(getattr(pace, names[0]), getattr(pace, names[1]), now, most)
    for name, value in zip(names, (next_at, gap), strict=True):
        setattr(pace, name, value)
    pace.save(update_fields=names)
    return moment


def reward(enterprise_id: int, now: datetime) -> None:
    """A push told what the mirror did not know: the next one is read at once again, or in a second."""
    slow = ReadPace.objects.filter(pk=enterprise_id, gap_seconds__gt=FIRST_SECONDS)
    soon = now + timedelta(seconds=FIRST_SECONDS)
    slow.update(gap_seconds=FIRST_SECONDS, next_at=Least("next_at", soon))
