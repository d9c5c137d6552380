"""Leases and fences on commands: who holds them, what happens when a holder dies, who may still write."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from commands import claims
from commands.claims import LeaseLost, claim_queued, claim_settling, commit_sent, move, recover
from commands.models import BatchJob, Command, State
from enterprise.connections import BACKGROUND_SECONDS
from enterprise.models import Enterprise
from tests.command_factories import BatchJobFactory
from tests.commands.conftest import Order, fresh, order_of, states
from tests.commands.platform import Platform
from tests.factories import AccountFactory
from tests.support.committed import at_once


def hundred(_kind: str) -> int:
    return 100


def test_a_claim_gives_all_of_them_one_fence_above_each_ones_own(wired: Enterprise, order: Order) -> None:
    commands = order(3)
    Command.objects.filter(pk=commands[1].pk).update(fence=7)
    rows = claim_queued(wired.pk, timezone.now(), hundred)
    assert {row.fence for row in rows} == {8}
    assert set(Command.objects.values_list("state", "fence")) == {(State.LEASED, 8)}
    left = rows[0].lease_until - timezone.now()
    assert timedelta(seconds=28) < left <= timedelta(seconds=30)


def test_a_call_ends_before_the_lease_of_its_holder() -> None:
    """Else another worker might look while the request is still under way."""
    assert timedelta(seconds=BACKGROUND_SECONDS + 3) < claims.LEASE  # and the gate's patience


def test_what_is_not_due_or_somebody_elses_is_not_claimed(
    wired: Enterprise, order: Order, foreign_enterprise: Enterprise
) -> None:
    order(1, run_at=timezone.now() + timedelta(seconds=5))
    order(1, state=State.LEASED)
    assert claim_queued(wired.pk, timezone.now(), hundred) == []
    order(1)
    assert claim_queued(foreign_enterprise.pk, timezone.now(), hundred) == []


def test_two_workers_at_the_same_moment_hold_different_ones(
    committed: Enterprise, platform: Platform
) -> None:
    commands = order_of(platform, AccountFactory(enterprise=committed), 6)
    now = timezone.now()
    one = lambda _kind: 1  # noqa: E731
    claimed = at_once(*[lambda: claim_queued(committed.pk, now, one)] * 6)
    ids = [row.pk for rows in claimed for row in rows]
    assert len(ids) == len(set(ids))
    rest = claim_queued(committed.pk, now, hundred)
    assert sorted([*ids, *(row.pk for row in rest)]) == sorted(command.pk for command in commands)


def test_row_10_a_dead_holders_leased_command_goes_back_to_the_queue(wired: Enterprise, order: Order) -> None:
    (command,) = order()
    (held,) = claim_queued(wired.pk, timezone.now(), hundred)
    assert recover(timezone.now() + timedelta(seconds=29)) == 0
    assert recover(timezone.now() + timedelta(seconds=31)) == 1
    assert fresh(command).state == State.QUEUED
    assert fresh(command).fence > held.fence
    assert move([held], State.REJECTED) == 0, "the late holder may write nothing"
    assert fresh(command).state == State.QUEUED


def test_row_12_a_dead_senders_command_is_unknown_and_never_queued_by_itself(
    wired: Enterprise, order: Order
) -> None:
    (command,) = order()
    (held,) = claim_queued(wired.pk, timezone.now(), hundred)
    commit_sent([held], timezone.now())
    later = timezone.now() + timedelta(seconds=31)
    assert recover(later) == 1
    command = fresh(command)
    assert (command.state, command.is_doubtful, command.run_at) == (
        State.UNKNOWN,
        True,
        later + claims.FIRST_LOOK,
    )
    assert move([held], State.ACKED) == 0
    assert claim_queued(wired.pk, later + timedelta(days=1), hundred) == []


def test_row_16_a_dead_senders_job_is_lost_because_no_call_lists_jobs(
    wired: Enterprise, order: Order
) -> None:
    job = BatchJobFactory(
        plan=order()[0].plan,
        remote_id="",
        state=BatchJob.State.SENT,
        lease_until=timezone.now() - timedelta(seconds=1),
    )
    recover(timezone.now())
    job.refresh_from_db()
    assert (job.state, job.lease_until) == (BatchJob.State.LOST, None)
    assert job.finished_at and job.error


def test_a_settling_claim_keeps_the_state_and_leaves_alone_what_is_held(
    wired: Enterprise, order: Order
) -> None:
    order(1, state=State.ACKED)
    order(1, state=State.UNKNOWN)
    order(1, state=State.SENT)
    order(1, kind="custom_fields", params={"custom1": "x"}, state=State.UNKNOWN)
    now = timezone.now()
    rows = claim_settling(wired.pk, now, ["suspend"])
    assert sorted(row.state for row in rows) == [State.ACKED, State.UNKNOWN]
    assert claim_settling(wired.pk, now, ["suspend"]) == []
    again = claim_settling(wired.pk, now + timedelta(seconds=31), ["suspend"])
    assert again[0].fence > rows[0].fence
    assert move(rows, State.APPLIED) == 0


def test_sent_takes_all_of_a_batch_or_none(wired: Enterprise, order: Order) -> None:
    commands = order(2)
    rows = claim_queued(wired.pk, timezone.now(), hundred)
    Command.objects.filter(pk=commands[0].pk).update(state=State.QUEUED)
    with pytest.raises(LeaseLost), transaction.atomic():
        commit_sent(rows, timezone.now())
    assert sorted(states(commands)) == [State.LEASED, State.QUEUED]


def test_every_question_of_the_sweeper_has_an_index_of_its_own(wired: Enterprise, order: Order) -> None:
    """A million settled commands must not make the next tick slower."""
    order(1)
    order(200, state=State.APPLIED)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE commands_command")  # else what other tests left in the statistics decides
        cursor.execute("SET LOCAL enable_seqscan = off")
        for condition, index in (
            ("state = 'queued' AND enterprise_id = 1 ORDER BY rank, run_at, id", "command_queue"),
            ("state IN ('leased', 'sent') AND lease_until < now()", "command_held"),
            ("state IN ('acked', 'unknown') AND enterprise_id = 1 ORDER BY run_at", "command_settling"),
        ):
            cursor.execute(f"EXPLAIN SELECT id FROM commands_command WHERE {condition}")
            assert index in "\n".join(line for (line,) in cursor.fetchall()), condition
