"""Wake-ups for pushes and alerts. Messages carry nothing; losing all of them costs one tick."""

from celery import shared_task
from django.utils import timezone

from notifications import (
    alerts,
    clearing,
    deliver,
    deliver_claims,
    message_reads,
    process,
    refusals,
    suspending,
    verdicts,
    watching,
    weigh,
)


@shared_task(name="notifications.take")
def take() -> None:
    """When a push came: only that, so that twenty wake-ups a second do not pay for a whole tick each."""
    process.work()


@shared_task(name="notifications.tick")
def tick() -> None:
    """Every second: take up what waits or was left by a killed worker, and ask the rules about what is settled."""
    process.work()
    verdicts.close_forgotten(timezone.now())
    weigh.work()


@shared_task(name="notifications.watch")
def watch() -> None:
    """Every two seconds, among the slow work: how things stand, what is over, what a rule wants to be suspended."""
    watching.work()
    message_reads.work(timezone.now())
    clearing.look(timezone.now())
    alerts.wake(timezone.now())
    suspending.carry_out()


@shared_task(name="notifications.deliver")
def deliver_now() -> None:
    """Every second: send what waits for its channel. On the default queue, so that no receiver holds up pushes."""
    deliver.work()


@shared_task(name="notifications.tidy")
def tidy() -> None:
    """Once an hour: counters and deliveries nobody looks at any more."""
    refusals.forget(timezone.now())
    deliver_claims.forget(timezone.now(), deliver.KEEP)
