"""Starting a sweep by hand."""

import uuid

from django.utils import timezone

from enterprise.models import Enterprise
from mirror.models import SyncRun
from staff.models import User

SWEEP = "sims.sweep"


def start_sweep(
    enterprise: Enterprise, user: User | None, *, trigger: str = SyncRun.Trigger.PERSON
) -> tuple[SyncRun, bool]:
    """The open sweep of this enterprise (then False), or a new one. A double click starts one."""
    wanted = SyncRun(
        enterprise=enterprise,
        job=SWEEP,
        slot=f"{trigger}-{uuid.uuid4()}",
        trigger=trigger,
        requested_by=user,
        run_at=timezone.now(),
    )
    while True:  # the open one may end between the two statements
        # The row that only one open run can have decides, also against a beat at the same moment.
        SyncRun.objects.bulk_create([wanted], ignore_conflicts=True)
        run = SyncRun.objects.open().filter(enterprise=enterprise, job=SWEEP).first()
        if run:
            return run, run.slot == wanted.slot
