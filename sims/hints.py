"""SIMs to be read back soon: whoever hints twice before the read costs one read.

A hint is a row. The tick finds it within two seconds; a message sent after the commit makes it sooner and may get lost.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from mirror.tasks import tick
from mirror.wake import wake as wake_workers

PERSON, DELTA, MISSING, PUSH = "person", "delta", "missing", "push"
_GICCID = re.compile(r"[0-9]{1,32}", re.ASCII)
# Who asked by hand stands in front of whatever the change logs told.
_AHEAD = {PERSON: timedelta(hours=1)}
# In order, so that two who hint the same SIMs wait for each other instead of blocking each other.
_UPSERT = """
INSERT INTO sims_hint AS h (enterprise_id, giccid, reason, hinted_at, run_at, attempts)
SELECT %(enterprise)s, giccid, %(reason)s, %(now)s, run_at, 0
  FROM unnest(%(giccids)s::text[], %(moments)s::timestamptz[]) wanted (giccid, run_at) ORDER BY giccid
ON CONFLICT (enterprise_id, giccid) DO UPDATE
SET reason = EXCLUDED.reason, hinted_at = greatest(h.hinted_at, EXCLUDED.hinted_at),
    run_at = least(h.run_at, EXCLUDED.run_at), attempts = 0
"""


def is_giccid(value: object) -> bool:
    """Whether the platform could be asked for it."""
    return isinstance(value, str) and _GICCID.fullmatch(value) is not None


def hint(enterprise_id: int, giccids: Iterable[str], reason: str, now: datetime | None = None) -> int:
    """These SIMs are to be read back; joins the caller's transaction. Returns how many different ones.

    What can't be an ICCID is left out: the platform could not be asked for it.
    """
    now = now or timezone.now()
    due = now - _AHEAD.get(reason, timedelta(0))
    return hint_at(enterprise_id, {giccid: due for giccid in giccids if is_giccid(giccid)}, reason, now)


def hint_at(enterprise_id: int, moments: Mapping[str, datetime], reason: str, now: datetime) -> int:
    """The same, each SIM not before its moment, though whatever is read from `now` on answers."""
    if not moments:
        return 0
    values: dict[str, Any] = {
        "enterprise": enterprise_id,
        "giccids": [*moments],
        "moments": [*moments.values()],
        "reason": reason,
        "now": now,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_UPSERT, values)
        transaction.on_commit(wake, robust=True)
    return len(moments)


def wake() -> None:
    """Lets the workers look now."""
    wake_workers(tick.name)
