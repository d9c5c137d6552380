"""Pushes and their events, as reception and processing would have left them."""

import json
import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone

from notifications.models import Event, Push
from sims.models import Sim


def push_about(sim: Sim, kind: str = "sim-status", **values: Any) -> Push:
    """Processed; `verdict` and other values are the event's, `state`, `times`, `error` and `attempts` the push's."""
    own = {name: values.pop(name) for name in ("state", "times", "error", "attempts") if name in values}
    claim = {"giccid": sim.giccid, "original": values.get("original"), "target": values.get("target")}
    now: datetime = timezone.now()
    push = Push.objects.create(
        enterprise=sim.enterprise,
        kind=kind,
        digest=uuid.uuid4(),
        body=json.dumps(claim | {"signature": "0" * 64, "datePush": int(now.timestamp())}).encode(),
        date_push=now,
        received_at=now,
        last_received_at=now,
        **{"state": Push.State.DONE, "attempts": 1} | own,
    )
    if push.state != Push.State.NEW:
        defaults = {"verdict": Event.Verdict.UNVERIFIED, "happened_at": now, "claim": claim}
        common = {"push": push, "enterprise": sim.enterprise, "kind": kind, "giccid": sim.giccid}
        Event.objects.create(**common, **defaults | values)
    return push
