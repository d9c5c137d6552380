"""The tick wakes what is due; messages carry ids only and expire, so that losing or doubling them does no harm."""

from typing import Any

import pytest
from django.utils import timezone

from commands import tasks
from commands.models import Command, Plan, State
from smarthub_portal.celery import app
from tests.command_factories import CommandFactory, PlanFactory


@pytest.mark.django_db
def test_the_tick_recovers_and_wakes_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    for task in (tasks.advance_plan, *tasks._BY_NAME.values()):
        monkeypatch.setattr(
            task, "apply_async", lambda args, *, _name=task.name, **more: sent.append((_name, args, more))
        )
    plan = PlanFactory(state=Plan.State.RUNNING)
    command = CommandFactory(plan=plan, state=State.SENT, lease_until=timezone.now())
    CommandFactory(plan=plan, state=State.QUEUED)
    tasks.tick()
    command.refresh_from_db()
    assert command.state == State.UNKNOWN
    assert sent == [
        ("commands.plan", (str(plan.pk),), {"expires": 5}),
        ("commands.dispatch", (plan.enterprise_id,), {"expires": 5}),
    ]
    assert Command.objects.filter(state=State.QUEUED).exists(), "the tick itself sends nothing"


def test_changes_have_a_queue_of_their_own() -> None:
    for name in ("commands.tick", "commands.plan", "commands.dispatch", "commands.settle", "commands.poll"):
        assert app.amqp.router.route({}, name)["queue"].name == "commands"
