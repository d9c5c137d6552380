"""Messages whose outcome nobody knows. No reading tells of them, so they wait for a proof, then for people.

A proof is what the platform itself says about a message of its own (asked with the id a status push named) that can
only be this one; see `messaging.evidence`.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from commands import plans, queueing
from commands.evidence import with_evidence
from commands.kinds import all_kinds
from commands.models import Command, State
from mirror import leases

PROVABLE = (State.SENT, State.UNKNOWN, State.NEEDS_HUMAN)
"""Sent too: the proof may come while nobody has noticed yet that its worker is gone."""


def wait() -> timedelta:
    """How long a proof is waited for before a person is asked. It still counts when it comes later."""
    return timedelta(seconds=2 * float(settings.COMMANDS_PATIENCE_SECONDS))


def await_proof(enterprise_id: int, now: datetime) -> None:
    """Those that waited long enough need a person; the others are looked at again when their time is up."""
    kinds = [kind.name for kind in all_kinds() if kind.is_answered]
    unknown = Command.objects.filter(enterprise=enterprise_id, kind__in=kinds, state=State.UNKNOWN)
    waiting = leases.claimable(unknown, now)
    entry = {"at": now.isoformat(), "by": "no_proof"}
    too_old = waiting.filter(sent_at__lte=now - wait())
    too_old.update(state=State.NEEDS_HUMAN, changed_at=now, lease_until=None, **with_evidence(entry))
    waiting.update(run_at=F("sent_at") + wait())


def prove(command: Command, *, remote_id: str, entry: dict[str, Any]) -> bool:
    """It was carried out, and the platform calls what it made `remote_id`. False when its outcome is known already."""
    now = timezone.now()
    with transaction.atomic():
        plan = plans.locked(command.plan)
        open_still = Command.objects.filter(pk=command.pk, state__in=PROVABLE, remote_id="")
        proven = open_still.update(
            state=State.APPLIED,
            remote_id=remote_id,
            settled_at=now,
            changed_at=now,
            lease_until=None,
            fence=F("fence") + 1,  # whoever still holds it comes late
            error="",
            why="",
            **with_evidence({"at": now.isoformat(), **entry}),
        )
        if proven:
            queueing.tally(plan, now)
            plan.save(update_fields=["tally", "tallied_at"])
    return bool(proven)
