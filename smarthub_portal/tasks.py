"""Tasks of the project itself."""

from celery import shared_task

from smarthub_portal import canary


@shared_task(name="portal.canary")
def canary_task() -> None:
    canary.sing()
