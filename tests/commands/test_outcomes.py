"""The table of `commands.outcomes`, each row on a real socket, alone and in a batch."""

from datetime import timedelta

import pytest
from django.utils import timezone

from commands import execute
from commands.models import BatchJob, Command, State
from enterprise.models import Enterprise
from sims.models import Hint
from tests.commands.conftest import Order, fresh, states
from tests.commands.platform import LOST, REFUSED, TOO_MANY, Answer, Platform, problem

ALONE_OR_BATCH = pytest.mark.parametrize("count", [1, 3], ids=["alone", "batch"])


def test_an_accepted_single_change_is_read_back_soon(wired: Enterprise, order: Order) -> None:
    (command,) = order()
    execute.dispatch(wired.pk)
    command = fresh(command)
    assert (command.state, command.issue, command.is_doubtful) == (State.ACKED, 1, False)
    assert timezone.now() < command.run_at < timezone.now() + timedelta(seconds=3)
    attempt = command.attempts.get()
    assert (attempt.outcome, attempt.status, attempt.issue) == ("accepted", 200, 1)


def test_an_accepted_batch_keeps_its_job_and_leaves_the_reading_to_its_polls(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    commands = order(3)
    execute.dispatch(wired.pk)
    job = BatchJob.objects.get()
    assert (job.remote_id, job.state, job.total) == ("job-1", BatchJob.State.PROCESSING, 3)
    assert job.attempts.get().evidence == {"jobId": "job-1"}
    assert states(commands) == [State.ACKED] * 3
    assert {fresh(command).job_id for command in commands} == {job.pk}
    assert fresh(commands[0]).run_at > timezone.now() + timedelta(hours=23)
    assert len(platform.changes) == 1


@ALONE_OR_BATCH
@pytest.mark.parametrize("happens", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("lost", LOST)
def test_row_12_an_answer_that_got_lost_means_unknown_and_is_never_sent_again_by_itself(
    lost: str, happens: bool, count: int, wired: Enterprise, order: Order, platform: Platform
) -> None:
    commands = order(count)
    platform.answers.append(Answer(lost, happens, LOST[lost]))
    execute.dispatch(wired.pk)
    execute.dispatch(wired.pk)
    assert states(commands) == [State.UNKNOWN] * count
    assert len(platform.changes) == 1
    assert len(platform.effects) == (count if happens else 0)
    command = fresh(commands[0])
    assert command.is_doubtful and command.error and command.lease_until is None
    attempt = (command.job or command).attempts.get()
    assert attempt.outcome == "unknown" and attempt.error_class
    if count > 1:
        assert command.job.state == BatchJob.State.LOST


@ALONE_OR_BATCH
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_final_and_the_sim_is_read_to_see_why(
    name: str, count: int, wired: Enterprise, order: Order, platform: Platform
) -> None:
    commands = order(count)
    platform.answers.append(Answer(name, happens=False, steps=(REFUSED[name],)))
    execute.dispatch(wired.pk)
    assert states(commands) == [State.REJECTED] * count
    command = fresh(commands[0])
    code = name.partition(" ")[2] or {"400": "BadRequest", "403": "Forbidden", "404": "missing"}[name]
    assert command.why == code and command.settled_at
    attempt = (command.job or command).attempts.get()
    assert (attempt.outcome, attempt.status) == ("refused", int(name[:3]))
    assert Hint.objects.filter(giccid=command.giccid).exists()
    if count > 1:
        assert command.job.state == BatchJob.State.REJECTED


@ALONE_OR_BATCH
@pytest.mark.parametrize("name", REFUSED)
def test_row_12_a_refusal_after_a_doubtful_issue_may_be_its_echo(
    name: str, count: int, wired: Enterprise, order: Order, platform: Platform
) -> None:
    """The first issue may have done it: "illegal status" is then what success looks like."""
    commands = order(count, is_doubtful=True, issue=1)
    platform.answers.append(Answer(name, happens=False, steps=(REFUSED[name],)))
    execute.dispatch(wired.pk)
    assert states(commands) == [State.UNKNOWN] * count
    assert fresh(commands[0]).why != ""


@ALONE_OR_BATCH
def test_too_many_requests_queue_it_again_until_the_reset(
    count: int, wired: Enterprise, order: Order, platform: Platform
) -> None:
    commands = order(count)
    platform.answers.append(TOO_MANY)
    execute.dispatch(wired.pk)
    assert states(commands) == [State.QUEUED] * count
    command = fresh(commands[0])
    assert timedelta(seconds=590) < command.run_at - timezone.now() < timedelta(seconds=601)
    assert (command.issue, command.tries, command.is_doubtful, command.job_id) == (1, 1, False, None)
    assert command.attempts.filter(outcome="refused", status=429).count() == (1 if count == 1 else 0)


def test_too_many_requests_without_a_reset_wait_a_minute(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order()
    platform.answers.append(Answer("429", happens=False, steps=(problem(429),)))
    execute.dispatch(wired.pk)
    assert timedelta(seconds=50) < fresh(command).run_at - timezone.now() < timedelta(seconds=61)


@ALONE_OR_BATCH
def test_an_unknown_key_queues_it_again(
    count: int, wired: Enterprise, order: Order, platform: Platform
) -> None:
    commands = order(count)
    platform.answers.append(Answer("401", happens=False, steps=(problem(401),)))
    execute.dispatch(wired.pk)
    assert states(commands) == [State.QUEUED] * count
    assert fresh(commands[0]).run_at > timezone.now() + timedelta(seconds=1)
    assert len(platform.changes) == 1


@ALONE_OR_BATCH
def test_no_connection_queues_it_again_each_time_later(count: int, wired: Enterprise, order: Order) -> None:
    commands = order(count)
    Enterprise.objects.filter(pk=wired.pk).update(base_url="http://127.0.0.1:1/v1")
    waits = []
    for _ in range(7):
        Command.objects.update(run_at=timezone.now())
        execute.dispatch(wired.pk)
        waits.append(round((fresh(commands[0]).run_at - timezone.now()).total_seconds()))
    assert states(commands) == [State.QUEUED] * count
    assert waits == [2, 5, 15, 60, 300, 300, 300]
    assert fresh(commands[0]).is_doubtful is False
    outcomes = [a.outcome for a in fresh(commands[0]).attempts.all()]
    assert outcomes == (["not_sent"] * 7 if count == 1 else [])


def test_a_batch_accepted_without_a_job_id_is_unknown(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    commands = order(2)
    platform.answers.append(
        Answer("no id", happens=True, steps=(b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\n{}",))
    )
    execute.dispatch(wired.pk)
    assert states(commands) == [State.UNKNOWN] * 2
    assert fresh(commands[0]).job.state == BatchJob.State.LOST


def test_a_connection_that_is_switched_off_says_so_on_each_waiting_command(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    (command,) = order()
    Enterprise.objects.filter(pk=wired.pk).update(is_enabled=False)
    execute.dispatch(wired.pk)
    command = fresh(command)
    assert (command.state, command.error) == (
        State.QUEUED,
        f"{wired.name} is switched off: nothing is read from it.",
    )
    assert command.run_at > timezone.now() + timedelta(seconds=55)
    assert platform.asked == []
