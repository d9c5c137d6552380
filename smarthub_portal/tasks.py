"""Tasks of the project itself."""

from celery import shared_task

from smarthub_portal import canary


@shared_task(name="portal.canary")
def canary_task(queue: str = "default") -> None:
    """Beat sends one to each queue: only a worker that serves it can sing its song."""
    canary.sing(queue)
