"""Where a worker may be killed on its way with a message, and what happens with a safety switched off.

`install(chance, log)` makes this process kill itself (SIGKILL) at each of the `STEPS`, when `chance(step)` says so, and
leaves a line in the log. Production code knows nothing of it.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Chance = Callable[[str], bool]
STEPS = (
    "before the claim",
    "leased",
    "committed as sent, before the first byte",
    "accepted, before anything is written",
    "accepted, before the commit",
    "report read, before anything is written",
    "report read, before the commit",
    "proven, before the commit",
    "pushes processed, before the commit",
)


def install(chance: Chance, log: Path) -> None:
    """Kills at the steps of sending, reading and proving."""
    from commands import execute, outcomes, proofs  # noqa: PLC0415 - only after django.setup()
    from messaging import reports  # noqa: PLC0415
    from notifications import process  # noqa: PLC0415

    def die(step: str) -> None:
        if chance(step):
            with log.open("ab", buffering=0) as book:
                book.write(f"{time.time():.3f} {step}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    _before(execute.Dispatcher, "send_next", STEPS[0], die)
    _after(execute.Dispatcher, "_order_of", STEPS[1], die)
    _once_sent(execute.Order, STEPS[2], die)
    _after(execute.Dispatcher, "_send", STEPS[3], die)
    _uncommitted(outcomes, "accepted", STEPS[4], die)
    _before(reports, "told", STEPS[5], die)
    _uncommitted(reports, "told", STEPS[6], die)
    _uncommitted(proofs, "prove", STEPS[7], die)
    _uncommitted(process, "_effect", STEPS[8], die)


def _before(place: Any, name: str, step: str, die: Callable[[str], None]) -> None:
    original = getattr(place, name)

    def call(*args: Any, **more: Any) -> Any:
        die(step)
        return original(*args, **more)

    setattr(place, name, call)


def _after(place: Any, name: str, step: str, die: Callable[[str], None]) -> None:
    original = getattr(place, name)

    def call(*args: Any, **more: Any) -> Any:
        found = original(*args, **more)
        die(step)
        return found

    setattr(place, name, call)


def _uncommitted(place: Any, name: str, step: str, die: Callable[[str], None]) -> None:
    """All is done and nothing is there."""
    from django.db import transaction  # noqa: PLC0415

    original = getattr(place, name)

    def call(*args: Any, **more: Any) -> Any:
        with transaction.atomic():
            found = original(*args, **more)
            die(step)
        return found

    setattr(place, name, call)


def _once_sent(order: Any, step: str, die: Callable[[str], None]) -> None:
    original = order.before_send

    def before_send(self: Any, operation: str) -> None:
        is_the_one = operation == self.operation and self.attempt is None
        original(self, operation)
        if is_the_one:
            die(step)

    order.before_send = before_send


def dawdle(share: float, lease: float) -> None:
    """Some readers fall asleep with what they read, for longer than their `lease` (seconds)."""
    from messaging import reports  # noqa: PLC0415

    original = reports.told

    def told(*args: Any) -> None:
        if random.random() < share:
            time.sleep(lease * random.uniform(1.1, 1.6))
        original(*args)

    reports.told = told


def quicken(lease: float) -> None:
    """More readings an hour than production asks for, and sooner, and short leases: a campaign has minutes only."""
    from datetime import timedelta  # noqa: PLC0415

    from django.utils import timezone  # noqa: PLC0415

    from messaging import reports  # noqa: PLC0415
    from notifications import claims, message_reads  # noqa: PLC0415

    reports.LEASE = claims.LEASE = timedelta(seconds=lease)
    reports.AN_HOUR = message_reads.AN_HOUR = 10**6
    reports.PAUSES = (1, 2, 3, 5, 8)  # type: ignore[assignment]
    reports._retry_at = lambda _error: timezone.now() + timedelta(seconds=1)


# --- one safety switched off


def send_again() -> None:
    """What is unknown is sent again by itself."""
    from commands import proofs  # noqa: PLC0415
    from commands.models import Command, State  # noqa: PLC0415

    def await_proof(enterprise_id: int, now: Any) -> None:
        lost = Command.objects.filter(
            enterprise=enterprise_id, kind="sms", state=State.UNKNOWN, run_at__lte=now
        )
        lost.update(state=State.QUEUED, run_at=now, changed_at=now)

    proofs.await_proof = await_proof


def commit_late() -> None:
    """The commit that says "sent" comes after the send."""
    from django.db import transaction  # noqa: PLC0415

    from commands import execute  # noqa: PLC0415

    commit, send, waiting = execute.commit_sent, execute.Dispatcher._send, list[Any]()

    def commit_sent(rows: Any, now: Any, **changes: Any) -> None:
        waiting[:] = [(rows, now, changes)]

    def _send(self: Any, order: Any) -> Any:
        try:
            return send(self, order)
        finally:
            if waiting:
                rows, now, changes = waiting.pop()
                with transaction.atomic():
                    commit(rows, now, **changes)

    execute.commit_sent, execute.Dispatcher._send = commit_sent, _send  # type: ignore[method-assign]


def believe_claims() -> None:
    """What a push says of a message is what became of it."""
    from messaging import reports  # noqa: PLC0415
    from messaging.models import Message  # noqa: PLC0415

    def hint(enterprise_id: int, claims: dict[str, str]) -> dict[str, str]:
        own = Message.objects.filter(enterprise=enterprise_id, direction="mt", remote_id__in=list(claims))
        for message in own.exclude(remote_id="").order_by("pk"):
            if state := reports.REPORTED.get(claims[message.remote_id].upper()):
                Message.objects.filter(pk=message.pk).update(state=state, run_at=reports.NEVER)
        return {}

    reports.hint = hint


def go_backward() -> None:
    """Whatever is read last written is so, from whatever state and whoever holds it."""
    from django.utils import timezone  # noqa: PLC0415

    from messaging import reports  # noqa: PLC0415
    from messaging.models import Message  # noqa: PLC0415

    def told(message: Any, answer: dict[str, Any], _sent_at: Any) -> None:
        state = reports.REPORTED.get(str(answer.get("status")).upper())
        run_at = timezone.now() if state is None else reports.NEVER
        Message.objects.filter(pk=message.pk).update(
            state=state or reports.MessageState.ACCEPTED, run_at=run_at, lease_until=None
        )

    reports.told = told


CONTROLS = {"again": send_again, "late": commit_late, "claims": believe_claims, "backward": go_backward}
