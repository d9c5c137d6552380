"""A Celery worker to be killed: `python -m tests.support.commands_campaign_worker worker -Q commands …`.

CAMPAIGN_DAWDLE: this share of its orders sleeps before the commit until others took over. CAMPAIGN_CONTROL switches one
safety off in this process ("fencing", "sent"), as a test of the test: production code knows nothing of it.
"""

import os
import random
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import django

from tests.support.sandbox import die_with_parent

Patches = list[tuple[Any, str, Any]]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")


def dawdle(share: float) -> None:
    """Some orders fall asleep between their claim and their commit, until somebody else has taken them over."""
    from commands import claims, execute  # noqa: PLC0415 - only after django.setup()
    from commands.models import Command  # noqa: PLC0415

    original, lease = execute.Order.before_send, claims.LEASE.total_seconds()

    def sleep(first: Command) -> None:
        until = time.monotonic() + 4 * lease
        time.sleep(lease)
        # One step of the fence by the sweeper, one by who claims it next.
        others = Command.objects.filter(pk=first.pk, fence__gt=first.fence + 1)
        while time.monotonic() < until and not others.exists():
            time.sleep(0.3)
        time.sleep(random.uniform(0, 1))

    def before_send(order: Any, operation: str) -> None:
        if operation == order.operation and order.attempt is None and random.random() < share:
            sleep(order.commands[0])
        original(order, operation)

    execute.Order.before_send = before_send  # type: ignore[method-assign]


def without_fencing() -> Patches:
    """Whoever held a command once sends it and writes its state, whoever holds it now."""
    from django.db.models import F  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from commands import execute, outcomes, settle  # noqa: PLC0415
    from commands.models import Command, State  # noqa: PLC0415

    def commit_sent(rows: list[Command], now: datetime, **changes: Any) -> None:
        mine = Command.objects.filter(pk__in=[row.pk for row in rows])
        mine.update(state=State.SENT, sent_at=now, issue=F("issue") + 1, **changes)
        for row in rows:
            row.state, row.sent_at, row.issue = State.SENT, now, row.issue + 1

    def move(rows: list[Command], state: State, **changes: Any) -> int:
        if state in (State.APPLIED, State.REJECTED, State.NOT_APPLIED):
            changes.setdefault("settled_at", timezone.now())
        mine = Command.objects.filter(pk__in=[row.pk for row in rows])
        return mine.update(state=state, lease_until=None, **changes)

    return [
        (execute, "commit_sent", commit_sent),
        (execute, "STALLED", timedelta(days=1)),
        (outcomes, "move", move),
        (settle, "move", move),
    ]


def without_sent() -> Patches:
    """The request leaves without a commit that says so."""
    from django.db.models import F  # noqa: PLC0415

    from commands import execute  # noqa: PLC0415
    from commands.models import Command  # noqa: PLC0415

    def commit_sent(rows: list[Command], _now: datetime, **changes: Any) -> None:
        Command.objects.filter(pk__in=[row.pk for row in rows]).update(issue=F("issue") + 1, **changes)
        for row in rows:
            row.issue += 1

    return [(execute, "commit_sent", commit_sent)]


CONTROLS = {"fencing": without_fencing, "sent": without_sent}


def main(words: list[str]) -> None:
    django.setup()
    from celery.signals import worker_process_init  # noqa: PLC0415

    from smarthub_portal.celery import app  # noqa: PLC0415

    worker_process_init.connect(lambda **_more: die_with_parent(), weak=False)
    if share := float(os.environ.get("CAMPAIGN_DAWDLE", "0")):
        dawdle(share)
    if control := os.environ.get("CAMPAIGN_CONTROL"):
        for place, name, value in CONTROLS[control]():
            setattr(place, name, value)
    app.worker_main(words)


if __name__ == "__main__":
    main(sys.argv[1:])
