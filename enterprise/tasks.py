"""Housekeeping of connections."""

from celery import shared_task
from django.utils import timezone

from enterprise import use


@shared_task(name="enterprise.record_use")
def record_use() -> None:
    """Once a minute: what was asked of SmartHub since the last time."""
    use.record_all()


@shared_task(name="enterprise.tidy")
def tidy() -> None:
    """Once an hour: drops what is older than it is kept."""
    use.prune_use(timezone.now())
