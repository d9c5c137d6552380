"""From the platform's change logs (doc) to rows. An entry has no id: its content tells it apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from mirror.rejects import Refused
from mirror.spec import Rejected, canonical, hash_of, required_text, text_at, time_at
from mirror.verbatim import as_text
from sims.models import ChangeLog
from sims.spec import giccid_of

TARGET = ChangeLog._meta.db_table
_IDENTITY = ("giccid", "type", "original", "target", "createdTime", "status")

_INSERT = """
INSERT INTO sims_changelog
       (enterprise_id, giccid, type, original, target, status, happened_at, raw, digest, fetched_at)
SELECT %s, e.giccid, e.type, e.original, e.target, e.status, e.happened_at, e.raw::jsonb, e.digest, %s
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::uuid[])
       e (giccid, type, original, target, status, happened_at, raw, digest)
 ORDER BY e.digest
ON CONFLICT (enterprise_id, digest) DO NOTHING
RETURNING giccid
"""


@dataclass(frozen=True)
class Entry:
    """One change. `raw`: the payload as JSON text."""

    giccid: str
    type: str
    original: str | None
    target: str | None
    status: str | None
    happened_at: datetime
    raw: str
    digest: UUID


def read(payloads: Iterable[Any]) -> tuple[list[Entry], list[Refused]]:
    """Entries, and what can be none."""
    entries: list[Entry] = []
    refused: list[Refused] = []
    for payload in payloads:
        try:
            entries.append(_entry(payload))
        except Rejected as error:
            refused.append(Refused(payload, str(error)))
    return entries, refused


def _entry(payload: Any) -> Entry:
    if not isinstance(payload, dict):
        raise Rejected(f"must be an object, not {type(payload).__name__}")
    encoded = canonical(payload)
    happened_at = time_at(payload, "createdTime")
    if happened_at is None:
        raise Rejected("createdTime is missing")
    return Entry(
        giccid=giccid_of(payload, {}),
        type=required_text(payload, "type", limit=60),
        original=_shown(payload.get("original")),
        target=_shown(payload.get("target")),
        status=text_at(payload, "status", limit=60),
        happened_at=happened_at,
        raw=encoded.decode(),
        digest=hash_of(canonical([payload.get(name) for name in _IDENTITY]), b"change log"),
    )


def _shown(value: Any) -> str | None:
    """What was there before and after, to be shown: whatever it is, `raw` has it word for word."""
    if value is None:
        return None
    return (value if isinstance(value, str) else as_text(value, 400))[:400]


def store(enterprise_id: int, entries: list[Entry], fetched_at: datetime) -> list[str]:
    """Keeps what is new; returns the ICCIDs of those, one for each new entry."""
    if not entries:
        return []
    names = ("giccid", "type", "original", "target", "status", "happened_at", "raw", "digest")
    columns = [[getattr(entry, name) for entry in entries] for name in names]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [enterprise_id, fetched_at, *columns])
        return [row[0] for row in cursor.fetchall()]
