"""Wake-ups for messages. Messages of the queue carry row ids only; losing all of them costs one tick."""

from celery import shared_task
from django.utils import timezone

from messaging import reports, tidying


@shared_task(name="messaging.tick")
def tick() -> None:
    """Every second: who has messages to ask about."""
    for enterprise_id in reports.wanting(timezone.now()):
        read_reports.apply_async((enterprise_id,), expires=5)


@shared_task(name="messaging.reports")
def read_reports(enterprise_id: int) -> None:
    """Asks what became of them."""
    reports.work(enterprise_id)


@shared_task(name="messaging.tidy")
def tidy() -> None:
    """Once an hour: what waited too long for a report, and what is older than it is kept."""
    reports.close_overdue(timezone.now())
    tidying.tidy(timezone.now())
