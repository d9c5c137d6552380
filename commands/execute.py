"""Sending commands. A command is committed as `sent` as the very last thing before its first byte leaves.

That commit happens in the client's gate, after the budget agreed: a request that is refused there was never sent.
"""

import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from commands import outcomes, pacing
from commands.claims import BATCH, CALL_SECONDS, LEASE, STALLED, LeaseLost, claim_queued, commit_sent
from commands.kinds import Kind, kind_named
from commands.models import Attempt, BatchJob, Command
from enterprise.connections import client_for, note_rate
from enterprise.models import Enterprise
from smarthub_client import ConfigurationError, SmartHubError
from smarthub_client.budget import Purpose
from smarthub_client.reply import Reply

# Short: a long queue would else keep every worker from reading back and polling, which come in between.
PIECE_SECONDS = 3.0


@dataclass
class Order:
    """What one request is about to change: one SIM, or a batch of up to 100 as a job."""

    commands: list[Command]
    kind: Kind
    is_batch: bool
    request_id: str
    attempt: Attempt | None = None
    job: BatchJob | None = None
    baseline: dict[str, Any] = field(default_factory=dict)

    @property
    def operation(self) -> str:
        return self.kind.batch_operation if self.is_batch else self.kind.operation

    @property
    def params(self) -> dict[str, Any]:
        first = self.commands[0]
        params: dict[str, Any] = first.plan.params
        return params | {"after": first.after} if self.kind.compose else params

    def before_send(self, operation: str) -> None:
        """The commit that lets the request go; raises `LeaseLost`. Reads that belong to it pass."""
        if operation != self.operation or self.attempt is not None:
            return
        now = timezone.now()
        if pacing.is_quiet_for(self.commands[0], now):  # it became so while the budget was waited for
            raise LeaseLost
        with transaction.atomic():
            if self.is_batch:
                self.job = self._new_job(now)
            changes: dict[str, Any] = {"job": self.job}
            if self.baseline:
                changes["evidence"] = [
                    *self.commands[0].evidence,
                    {"at": now.isoformat(), "by": "baseline", **self.baseline},
                ]
            commit_sent(self.commands, now, **changes)
            attempt = self._new_attempt(now)
        if timezone.now() - now > STALLED:  # the machine slept: others may have taken over by now
            raise LeaseLost
        self.attempt = attempt

    def _new_job(self, now: datetime) -> BatchJob:
        first = self.commands[0]
        return BatchJob.objects.create(
            enterprise_id=first.enterprise_id,
            plan_id=first.plan_id,
            operation=self.operation,
            total=len(self.commands),
            sent_at=now,
            lease_until=now + LEASE,
            fence=1,
        )

    def _new_attempt(self, now: datetime) -> Attempt:
        alone = None if self.is_batch else self.commands[0]
        return Attempt.objects.create(
            command=alone,
            job=self.job,
            issue=1 if alone is None else alone.issue,
            operation=self.operation,
            request_id=self.request_id,
            sent_at=now,
        )


class Dispatcher:
    """Sends due commands of one enterprise, one request after another, through one client."""

    def __init__(self, enterprise: Enterprise) -> None:
        self.enterprise = enterprise
        self.order: Order | None = None
        self.client = client_for(
            enterprise, purpose=Purpose.COMMANDS, seconds=CALL_SECONDS, before_send=self._before_send
        )

    def _before_send(self, operation: str) -> None:
        if self.order is not None:
            self.order.before_send(operation)

    def send_next(self) -> bool:
        """False when nothing is due, or when the platform or the budget says "not now"."""
        rows = claim_queued(self.enterprise.pk, timezone.now(), self._most)
        return bool(rows) and self._carry_out(self._order_of(rows))

    def _most(self, kind_name: str) -> int:
        """How many SIMs one request takes."""
        operation = kind_named(kind_name).batch_operation
        return BATCH if operation and self.client.may(operation) else 1

    def _order_of(self, rows: list[Command]) -> Order:
        kind, first = kind_named(rows[0].kind), rows[0]
        # Where only the batch operation is sure, it takes a single SIM too.
        if len(rows) > 1 or not self.client.may(kind.operation):
            return Order(rows, kind, is_batch=True, request_id=f"{first.plan_id}.{uuid.uuid4().hex[:12]}")
        return Order(rows, kind, is_batch=False, request_id=f"{first.plan_id}.{first.pk}.{first.issue + 1}")

    def _carry_out(self, order: Order) -> bool:
        self.order = order
        try:
            self._prepare(order)
            reply = self._send(order)
        except LeaseLost:
            return True
        except SmartHubError as error:
            note_rate(self.enterprise, error.rate)
            return outcomes.refused_or_unknown(order, error)
        finally:
            self.order = None
        note_rate(self.enterprise, reply.rate)
        outcomes.accepted(order, reply)
        return True

    def _prepare(self, order: Order) -> None:
        """What must be known from before, to tell later whether it happened. One read."""
        if order.kind.baseline is None or not self.client.may(order.kind.operation):
            return
        reply = self.client.sim_detail(order.commands[0].giccid)
        order.baseline = order.kind.baseline(dict(reply.data), order.params)

    def _send(self, order: Order) -> Reply[Any]:
        if order.kind.send_batch is not None and order.is_batch:
            giccids = [command.giccid for command in order.commands]
            return order.kind.send_batch(self.client, giccids, order.params, order.request_id)
        return order.kind.send(self.client, order.commands[0].giccid, order.params, order.request_id)

    def close(self) -> None:
        self.client.close()


def dispatch(enterprise_id: int, *, seconds: float = PIECE_SECONDS) -> None:
    """Sends what is due for `seconds`. Several workers at once share the work: each claims its own."""
    until = time.monotonic() + seconds
    enterprise = Enterprise.objects.get(pk=enterprise_id)
    try:
        dispatcher = Dispatcher(enterprise)
    except ConfigurationError as error:
        outcomes.nothing_can_be_sent(enterprise, str(error))
        return
    try:
        while dispatcher.send_next() and time.monotonic() < until:
            pass
    finally:
        dispatcher.close()
