"""From a stored push to its effect: an event, and a hint that makes the portal read the SIM back.

The effect of a batch is one transaction, so it happens once: events, hints and "done" stand or fall together.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from notifications import bodies, claims, message_reads, mo_messages, pace, verdicts
from notifications.models import Event, Push
from notifications.told import event_of
from sims.hints import PUSH, hint_at
from sims.models import Sim

logger = logging.getLogger(__name__)
PIECE_SECONDS = 8.0
# On a replay the same row tells again; the SIM is read anew, so the former verdict goes.
_RETOLD = [
    *("giccid", "happened_at", "verdict", "original", "target", "claim"),
    *("observed", "hinted_at", "settled_at", "is_news"),
]


def work(*, seconds: float = PIECE_SECONDS, only_fresh: bool = False) -> int:
    """Takes up what waits, for `seconds` at most; how many pushes were taken up. `only_fresh`: never tried before."""
    until, count = time.monotonic() + seconds, 0
    turns = (True,) if only_fresh else (True, False)  # neither waits until the other is through
    while time.monotonic() < until:
        done = 0
        for is_fresh in turns:
            if batch := claims.claim(timezone.now(), fresh=is_fresh):
                handle(batch)
                done += len(batch)
        if not done:
            break
        count += done
    return count


def handle(batch: Sequence[Push]) -> None:
    """All of them together; if that fails, each alone, so that one bad push takes no other with it."""
    try:
        _effect(batch)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the others
        if len(batch) == 1:
            logger.warning("push %s failed: %s", batch[0].pk, type(error).__name__)
            return claims.give_back(batch[0], timezone.now(), f"{type(error).__name__}: {error}")
        for push in batch:
            handle([push])


@transaction.atomic
def _effect(batch: Sequence[Push]) -> None:
    """What these pushes bring about, as far as they are still ours."""
    held = claims.lock_held(batch)
    pushes = [push for push in batch if push.pk in held]
    events = [_told(push) for push in pushes]
    _hint(events, timezone.now())
    message_reads.await_answers(events)
    mo_messages.take(events)
    Event.objects.bulk_create(
        events, update_conflicts=True, unique_fields=["push"], update_fields=_RETOLD, batch_size=500
    )
    claims.finish({event.push_id: event.verdict for event in events})


def _told(push: Push) -> Event:
    return event_of(push, bodies.parse(bytes(push.body)))


def _hint(events: Sequence[Event], now: datetime) -> None:
    """Claims about SIMs we know are to be read back; what is claimed about others costs nothing."""
    wanted: defaultdict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event.giccid and event.push.about.tells_state:
            wanted[event.enterprise_id].append(event)
    for enterprise_id, telling in sorted(wanted.items()):
        giccids = {event.giccid for event in telling}
        known = Sim.objects.filter(enterprise=enterprise_id, giccid__in=giccids)
        sims = {sim.giccid: sim for sim in known}
        telling = [event for event in telling if event.giccid in sims]
        for event in telling:
            _weigh(event, sims[event.giccid], now)
        moments: dict[str, datetime] = {}
        for is_news in (False, True):  # news last: its moment counts for a SIM of which both kinds are told
            alike = {event.giccid for event in telling if event.is_news == is_news}
            if alike:
                moments |= dict.fromkeys(alike, pace.next_read(enterprise_id, now, is_news=is_news))
        hint_at(enterprise_id, moments, PUSH, now)


def _weigh(event: Event, sim: Sim, now: datetime) -> None:
    """It waits for a reading, unless the SIM has been read since it happened and shows just that."""
    fits, observed = verdicts.compare(event, sim)
    event.is_news, event.hinted_at = fits is False, now
    if fits and sim.observed_at >= event.happened_at:
        event.verdict, event.observed, event.settled_at = Event.Verdict.CONFIRMED, observed, now
    else:
        event.verdict = Event.Verdict.PENDING
