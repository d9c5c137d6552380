"""Wake-ups for plans, commands and jobs. Messages carry row ids only; losing all of them costs one tick."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from commands import claims, execute, job_polls, running, settle, tidying, wanted


@shared_task(name="commands.tick")
def tick() -> None:
    """Every second: take up what killed workers left, wake whatever is due."""
    now = timezone.now()
    claims.recover(now)
    for uid in wanted.due_plans(now):
        advance_plan.apply_async((str(uid),), expires=5)
    for task, enterprise_id in wanted.due_work(now):
        _BY_NAME[task].apply_async((enterprise_id,), expires=5)


@shared_task(name="commands.plan")
def advance_plan(uid: str) -> None:
    """One step of a plan, if nobody else is at it."""
    running.advance(UUID(uid), timezone.now())


@shared_task(name="commands.dispatch")
def dispatch(enterprise_id: int) -> None:
    """Sends what is due."""
    execute.dispatch(enterprise_id)
    running.recount(enterprise_id)


@shared_task(name="commands.settle")
def settle_unknown(enterprise_id: int) -> None:
    """Reads back what was sent."""
    settle.settle(enterprise_id)
    running.recount(enterprise_id)


@shared_task(name="commands.poll")
def poll_jobs(enterprise_id: int) -> None:
    """Follows batch jobs."""
    job_polls.poll(enterprise_id)
    running.recount(enterprise_id)


@shared_task(name="commands.tidy")
def tidy() -> None:
    """Once an hour: drops plans that came to nothing, and what is older than it is kept."""
    tidying.tidy(timezone.now())


_BY_NAME = {"dispatch": dispatch, "settle": settle_unknown, "poll": poll_jobs}
