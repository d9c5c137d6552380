"""Payloads that could not become rows are kept once per content and reason, with a count."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from mirror.models import RejectedPayload
from mirror.verbatim import as_text

MAX_KEPT_CHARACTERS = 200_000
_KEY_NAMES = ("giccid", "name")


@dataclass(frozen=True)
class Refused:
    """A payload as received, and why it was refused. `key`: that of its row, when it could be read."""

    payload: Any
    reason: str
    key: str = ""

    @cached_property
    def text(self) -> str:
        return as_text(self.payload, MAX_KEPT_CHARACTERS)

    @property
    def shown_key(self) -> str:
        return (self.key or _key_of(self.payload))[:64]

    @property
    def met_as(self) -> str:
        """What a sweep counts it as: it is there, although it can't be stored. At most 64 characters."""
        return self.shown_key or f"?{blake2b(self.text.encode(), digest_size=16).hexdigest()}"


def keep_rejected(
    target: str, refused: list[Refused], enterprise_id: int, source: str, run_id: int | None
) -> None:
    """A sweep that meets the same bad payload every hour raises a count instead of filling the table."""
    for item in refused:
        reason = item.reason.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")[:300]
        content = f"{target}\n{reason}\n{item.text}".encode()
        now = timezone.now()
        RejectedPayload.objects.update_or_create(
            enterprise_id=enterprise_id,
            digest=UUID(bytes=blake2b(content, digest_size=16).digest()),
            defaults={"run_id": run_id, "last_seen_at": now, "times": models.F("times") + 1},
            create_defaults={
                "run_id": run_id,
                "source": source,
                "target": target,
                "key": item.shown_key,
                "reason": reason,
                "payload": item.text,
                "last_seen_at": now,
            },
        )


def _key_of(payload: Any) -> str:
    """Something to recognise it by, if it has one; fit for a text column."""
    if not isinstance(payload, dict):
        return ""
    for name in _KEY_NAMES:
        value = payload.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return _storable(value if isinstance(value, str) else as_text(value, 64))
    return ""


def _storable(text: str) -> str:
    """Without NUL and halves of characters, which PostgreSQL can't hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
