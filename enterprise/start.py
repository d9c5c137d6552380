"""Starting a sweep by hand."""

import uuid

from django.db import transaction
from django.utils import timezone

from enterprise.models import Enterprise
from mirror.models import SyncRun
from staff.models import User

SWEEP = "sims.sweep"


def start_sweep(
    enterprise: Enterprise, user: User | None, *, trigger: str = SyncRun.Trigger.PERSON
) -> tuple[SyncRun, bool]:
    """The open sweep of this enterprise (then False), or a new one. A double click starts one."""
    with transaction.atomic():
        Enterprise.objects.select_for_update().get(pk=enterprise.pk)
        running = SyncRun.objects.open().filter(enterprise=enterprise, job=SWEEP).first()
        if running:
            return running, False
        slot = f"{trigger}-{uuid.uuid4()}"
        run = SyncRun.objects.create(
            enterprise=enterprise,
            job=SWEEP,
            slot=slot,
            trigger=trigger,
            requested_by=user,
            run_at=timezone.now(),
        )
        return run, True
