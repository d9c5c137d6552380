"""Payloads that could not become rows are kept once per content and reason, with a count."""

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from mirror.models import RejectedPayload

MAX_KEPT_CHARACTERS = 200_000


@dataclass(frozen=True)
class Refused:
    """A payload as received, and why it was refused."""

    payload: Any
    reason: str
    key: str = ""


def keep_rejected(
    target: str, refused: list[Refused], enterprise_id: int, source: str, run_id: int | None
) -> None:
    """A sweep that meets the same bad payload every hour raises a count instead of filling the table."""
    for item in refused:
        text = json.dumps(item.payload, ensure_ascii=True, default=repr)[:MAX_KEPT_CHARACTERS]
        reason = item.reason.replace("\0", "\\0")[:300]
        RejectedPayload.objects.update_or_create(
            enterprise_id=enterprise_id,
            digest=UUID(bytes=blake2b(f"{target}\n{reason}\n{text}".encode(), digest_size=16).digest()),
            defaults={"run_id": run_id, "last_seen_at": timezone.now(), "times": models.F("times") + 1},
            create_defaults={
                "run_id": run_id,
                "source": source,
                "target": target,
                "key": (item.key or _key_of(item.payload))[:64],
                "reason": reason,
                "payload": text,
                "last_seen_at": timezone.now(),
            },
        )


def _key_of(payload: Any) -> str:
    """Something to recognise it by, if it has one."""
    if not isinstance(payload, dict):
        return ""
    return str(payload.get("giccid") or payload.get("name") or "").replace("\0", "")
