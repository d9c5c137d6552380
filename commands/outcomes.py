"""What an answer means for the commands it was about. Never raises `SmartHubError`; a late holder changes nothing.

| answer | state |
|---|---|
| 2xx | acked: read back, or its job polled, until the change shows; a message is applied, there is nothing to read |
| 408, 5xx, time-out, reset, unreadable | unknown |
| 429, no byte left, key refused | queued again, later: nothing happened |
| any other refusal | rejected; unknown when an earlier issue may be the cause of it |
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from commands.claims import FIRST_LOOK, move
from commands.fleet import fleet
from commands.models import BatchJob, Command, State
from enterprise.connections import storable
from enterprise.models import Enterprise
from smarthub_client import (
    AuthenticationFailed,
    BudgetExhausted,
    InvalidArgument,
    RateLimited,
    SmartHubError,
    UnconfirmedOperation,
    Unreachable,
)
from smarthub_client.reply import Reply

if TYPE_CHECKING:
    from commands.execute import Order

FIRST_POLL = timedelta(seconds=2)
JOB_DEADLINE = timedelta(hours=24)
_PAUSES = (2, 5, 15, 60, 300)  # seconds until something that was not sent is tried again


def accepted(order: Order, reply: Reply[Any]) -> None:
    """2xx. A job's id is kept whatever happens to its commands meanwhile."""
    now = timezone.now()
    with transaction.atomic():
        _answer(order, reply.status, "accepted", evidence=_body_of(reply))
        if order.job is not None:
            BatchJob.objects.filter(pk=order.job.pk).update(
                remote_id=storable(str(reply.data["jobId"]), 200),
                state=BatchJob.State.PROCESSING,
                lease_until=None,
                finished_at=None,
                run_at=now + FIRST_POLL,
                error="",
            )
        if order.kind.is_answered:
            remote_id = storable(str(reply.data[order.kind.reply_id]), 200)
            move(order.commands, State.APPLIED, remote_id=remote_id, error="", why="")
        else:  # a job tells about its SIMs; they are read only if it never does
            run_at = now + (FIRST_LOOK if order.job is None else JOB_DEADLINE)
            move(order.commands, State.ACKED, run_at=run_at)


def refused_or_unknown(order: Order, error: SmartHubError) -> bool:
    """Whether it makes sense to send the next one now."""
    if order.attempt is None:
        return _not_sent(order, error)
    if error.outcome_unknown:
        _unknown(order, error)
    elif isinstance(error, RateLimited | Unreachable | AuthenticationFailed):
        _later(order, error, _retry_at(order, error))
        return False
    elif any(command.is_doubtful for command in order.commands):
        # Its own earlier issue may have done it: "illegal state" would then be the echo of success.
        _unknown(order, error)
    else:
        _rejected(order, error)
    return True


def _not_sent(order: Order, error: SmartHubError) -> bool:
    """Stopped before its first byte: by us, or in a read that comes before it."""
    if isinstance(error, InvalidArgument | UnconfirmedOperation) or not (
        error.retryable or isinstance(error, AuthenticationFailed)
    ):
        why = "unconfirmed" if isinstance(error, UnconfirmedOperation) else _code(error)
        move(order.commands, State.REJECTED, why=why, error=_words(error))
        return True
    move(
        order.commands,
        State.QUEUED,
        run_at=_retry_at(order, error),
        tries=F("tries") + (0 if isinstance(error, BudgetExhausted) else 1),
        error=_words(error),
    )
    return False


def _retry_at(order: Order, error: SmartHubError) -> datetime:
    if isinstance(error, BudgetExhausted):
        return error.retry_at
    if isinstance(error, RateLimited) and error.reset_at:
        return error.reset_at
    tries = max(command.tries for command in order.commands)
    return timezone.now() + timedelta(seconds=_PAUSES[min(tries, len(_PAUSES) - 1)])


def _later(order: Order, error: SmartHubError, run_at: datetime) -> None:
    """Sent, and certain not to have happened: this holder knows, so it may go back to the queue."""
    with transaction.atomic():
        _answer(order, error.status, "not_sent" if error.status is None else "refused", error)
        _end_job(order, BatchJob.State.REJECTED, error)
        move(order.commands, State.QUEUED, run_at=run_at, tries=F("tries") + 1, error=_words(error), job=None)


def _unknown(order: Order, error: SmartHubError) -> None:
    with transaction.atomic():
        _answer(order, error.status, "unknown" if error.outcome_unknown else "refused", error)
        _end_job(order, BatchJob.State.LOST if error.outcome_unknown else BatchJob.State.REJECTED, error)
        move(
            order.commands,
            State.UNKNOWN,
            run_at=timezone.now() + FIRST_LOOK,
            is_doubtful=True,
            why="" if error.outcome_unknown else _code(error),
            error=_words(error),
        )


def _rejected(order: Order, error: SmartHubError) -> None:
    """The platform said no; what it has instead is read, so that the mirror shows why."""
    with transaction.atomic():
        _answer(order, error.status, "refused", error)
        _end_job(order, BatchJob.State.REJECTED, error)
        move(order.commands, State.REJECTED, why=_code(error), error=_words(error))
        fleet().hint(order.commands[0].enterprise_id, [command.giccid for command in order.commands])


def nothing_can_be_sent(enterprise: Enterprise, reason: str) -> None:
    """No client can be made (switched off, no key): what is due waits a minute and says why."""
    now = timezone.now()
    Command.objects.filter(enterprise=enterprise, state=State.QUEUED, run_at__lte=now).update(
        run_at=now + timedelta(minutes=1), error=reason[:500]
    )


def _answer(
    order: Order,
    status: int | None,
    outcome: str,
    error: SmartHubError | None = None,
    evidence: dict[str, Any] | None = None,
) -> None:
    attempt = order.attempt
    if attempt is None:
        return
    attempt.answered_at = timezone.now()
    attempt.status, attempt.outcome = status, outcome
    attempt.error_class = type(error).__name__ if error else ""
    attempt.error = _words(error) if error else ""
    attempt.evidence = evidence or {}
    attempt.save()


def _end_job(order: Order, state: BatchJob.State, error: SmartHubError) -> None:
    if order.job is not None:
        BatchJob.objects.filter(pk=order.job.pk, fence=order.job.fence, state=BatchJob.State.SENT).update(
            state=state, lease_until=None, finished_at=timezone.now(), error=_words(error)
        )


def _code(error: SmartHubError) -> str:
    codes = [entry.code for entry in error.codes if entry.code]
    return storable(codes[0], 40) if codes else type(error).__name__[:40]


def _words(error: SmartHubError) -> str:
    return storable(str(error), 500)


def _body_of(reply: Reply[Any]) -> dict[str, Any]:
    """What identifies the answer; a SIM's whole payload comes with the read-back."""
    job_id = reply.data.get("jobId") if isinstance(reply.data, dict) else None
    return {"jobId": storable(job_id, 200)} if isinstance(job_id, str) else {}
