"""Wake-ups for sync runs. Messages carry row ids only; losing all of them costs one tick."""

from celery import shared_task
from django.utils import timezone

from mirror import runs
from mirror.models import SyncRun


@shared_task(name="mirror.tick")
def tick() -> None:
    """Every two seconds: start due slots, wake whatever waits or was left by a killed worker."""
    now = timezone.now()
    runs.start_due_runs(now)
    for run_id in SyncRun.objects.claimable(now).order_by("run_at").values_list("pk", flat=True)[:20]:
        advance.apply_async((run_id,), expires=10)


@shared_task(name="mirror.tidy")
def tidy() -> None:
    """Once an hour: finished runs older than their job keeps them."""
    runs.prune(timezone.now())


@shared_task(name="mirror.advance")
def advance(run_id: int) -> None:
    """A bounded piece of one run, if nobody else has it."""
    run = runs.claim(run_id, timezone.now())
    if run is not None:
        runs.work(run)
