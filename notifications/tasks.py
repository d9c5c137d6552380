"""Wake-ups for pushes. Messages carry nothing; losing all of them costs one tick."""

from celery import shared_task
from django.utils import timezone

from notifications import process, refusals, verdicts


@shared_task(name="notifications.tick")
def tick() -> None:
    """Every second, and when a push came: take up what waits or was left by a killed worker."""
    process.work()
    verdicts.close_forgotten(timezone.now())


@shared_task(name="notifications.tidy")
def tidy() -> None:
    """Once an hour: counters nobody looks at any more."""
    refusals.forget(timezone.now())
