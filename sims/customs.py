"""Reading custom fields: one call a SIM, so only of SIMs somebody asked for, in the background and by the budget.

Whatever else reads them (the settling of an edit) is written down as well. An older answer never replaces a newer one.
"""

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.utils import timezone

from enterprise.connections import client_for, note_rate, storable
from enterprise.models import Enterprise
from mirror import leases
from mirror.wake import wake as wake_workers
from sims.models import CustomFields, Sim
from sims.querysets import SimQuerySet
from smarthub_client import (
    BadAnswer,
    BadRequest,
    ConfigurationError,
    NotFound,
    SmartHubClient,
    SmartHubError,
    ValidationFailed,
)
from smarthub_client.budget import Purpose
from smarthub_client.writes import CUSTOM_FIELDS

MOST = 5000
"""SIMs that can be asked for at once: an hour's requests."""
AT_ONCE = 25
PIECE_SECONDS, CALL_SECONDS = 3.0, 10.0
LATER = timedelta(seconds=60)
_ABOUT_THE_SIM = (NotFound, BadAnswer, ValidationFailed, BadRequest)
_KEEP = """
INSERT INTO sims_customfields AS c (sim_id, enterprise_id, values, read_at, is_wanted, run_at, fence)
SELECT s.id, s.enterprise_id, %s::jsonb, %s, FALSE, now(), 0 FROM sims_sim s
 WHERE s.enterprise_id = %s AND s.giccid = %s
ON CONFLICT (sim_id) DO UPDATE
SET values = EXCLUDED.values, read_at = EXCLUDED.read_at, is_wanted = FALSE, lease_until = NULL
WHERE c.read_at IS NULL OR c.read_at <= EXCLUDED.read_at
"""
_WANT = """
INSERT INTO sims_customfields AS c (sim_id, enterprise_id, is_wanted, run_at, fence)
SELECT s.id, s.enterprise_id, TRUE, %s, 0 FROM sims_sim s WHERE s.id = ANY(%s) ORDER BY s.id
ON CONFLICT (sim_id) DO UPDATE SET is_wanted = TRUE, run_at = EXCLUDED.run_at
"""


@dataclass(frozen=True)
class Ages:
    """How fresh the custom fields of some SIMs are. `waiting`: those still to be read."""

    total: int
    never: int
    waiting: int
    oldest: datetime | None
    newest: datetime | None


def ages(sims: SimQuerySet) -> Ages:
    found = sims.order_by().aggregate(
        total=Count("pk"),
        read=Count("custom_fields__read_at"),
        waiting=Count("pk", filter=Q(custom_fields__is_wanted=True)),
        oldest=Min("custom_fields__read_at"),
        newest=Max("custom_fields__read_at"),
    )
    return Ages(
        found["total"], found["total"] - found["read"], found["waiting"], found["oldest"], found["newest"]
    )


def want(sims: SimQuerySet) -> int:
    """At most `MOST` of these are read soon, those never read first; how many."""
    oldest_first = F("custom_fields__read_at").asc(nulls_first=True)
    ids = list(sims.order_by(oldest_first, "pk").values_list("pk", flat=True)[:MOST])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WANT, [timezone.now(), ids])
        transaction.on_commit(lambda: wake_workers("sims.tick"), robust=True)
    return len(ids)


def want_again(sim: Sim) -> None:
    """Who refreshes a SIM whose custom fields were read once means them, too: the next turn reads them."""
    known = CustomFields.objects.filter(sim=sim).exclude(read_at=None)
    if known.update(is_wanted=True, run_at=timezone.now()):
        transaction.on_commit(lambda: wake_workers("sims.tick"), robust=True)


def keep(enterprise_id: int, giccid: str, values: Mapping[str, Any], sent_at: datetime) -> None:
    """Writes down what an answer told; `sent_at`: when its request left."""
    texts = {name: storable(str(values[name])) for name in CUSTOM_FIELDS if values.get(name)}
    field = CustomFields._meta.get_field("values")
    with connection.cursor() as cursor:
        stored = field.get_db_prep_value(texts, connection)
        cursor.execute(_KEEP, [stored, sent_at, enterprise_id, giccid])


# --- a worker's part


def _due(now: datetime) -> "QuerySet[CustomFields]":
    return leases.claimable(CustomFields.objects.filter(is_wanted=True), now)


def wanting(now: datetime) -> list[int]:
    """Enterprises with custom fields to read now."""
    return list(_due(now).order_by().values_list("enterprise_id", flat=True).distinct())


def work(enterprise_id: int, *, seconds: float = PIECE_SECONDS) -> int:
    """Reads what is wanted; how many SIMs were asked about. No transaction is open meanwhile."""
    until, asked = time.monotonic() + seconds, 0
    enterprise = Enterprise.objects.get(pk=enterprise_id)
    try:
        client = client_for(enterprise, purpose=Purpose.READ_BACK, seconds=CALL_SECONDS)
    except ConfigurationError:
        return 0
    with closing(client):
        while time.monotonic() < until and (rows := _claim(enterprise_id, timezone.now())):
            done = _read(enterprise, client, rows, until)
            asked += done
            if done < len(rows):
                break
    return asked


def _claim(enterprise_id: int, now: datetime) -> list[CustomFields]:
    with transaction.atomic():
        free = _due(now).filter(enterprise=enterprise_id).select_related("sim").order_by("run_at", "pk")
        rows = list(free.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
        mine = CustomFields.objects.filter(pk__in=[row.pk for row in rows])
        mine.update(lease_until=now + leases.LEASE)
    return rows


def _read(enterprise: Enterprise, client: SmartHubClient, rows: list[CustomFields], until: float) -> int:
    """How many were asked about; the rest is due again, when the platform or the budget allows."""
    for number, row in enumerate(rows):
        if time.monotonic() >= until:
            _give_back(rows[number:], timezone.now())
            return number
        try:
            reply = client.custom_fields_read(row.sim.giccid)
        except SmartHubError as error:
            note_rate(enterprise, error.rate)
            if isinstance(error, _ABOUT_THE_SIM):  # asking again would not mend it
                CustomFields.objects.filter(pk=row.pk).update(is_wanted=False, lease_until=None)
                continue
            later = getattr(error, "retry_at", None) or getattr(error, "reset_at", None)
            _give_back(rows[number:], later or timezone.now() + LATER)
            return number
        note_rate(enterprise, reply.rate)
        keep(enterprise.pk, row.sim.giccid, dict(reply.data), reply.sent_at)
    return len(rows)


def _give_back(rows: list[CustomFields], run_at: datetime) -> None:
    ours = CustomFields.objects.filter(pk__in=[row.pk for row in rows], is_wanted=True)
    ours.update(lease_until=None, run_at=run_at)
