"""Batch jobs to their end: every SIM gets its own outcome, and no job stays open for ever."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from commands import claims, execute, job_polls
from commands.models import BatchJob, Command, State
from enterprise.models import Enterprise
from sims.models import Hint
from tests.commands.conftest import Order, fresh, look, states
from tests.commands.platform import LOST_AFTER, Answer, Platform, problem

pytestmark = pytest.mark.usefixtures("patient")


def poll(enterprise: Enterprise, seconds: float = 3) -> BatchJob:
    """Polls whatever is open at this moment, due or not; the newest job."""
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        BatchJob.objects.update(run_at=timezone.now() - timedelta(seconds=1))
        job_polls.poll(enterprise.pk)
    return BatchJob.objects.latest("pk")


@pytest.fixture
def sent(wired: Enterprise, order: Order, platform: Platform) -> list[Command]:
    """Three SIMs in a job the platform has accepted but not carried out."""
    platform.holds_jobs = True
    commands = order(3)
    execute.dispatch(wired.pk)
    return commands


def set_tasks(platform: Platform, *statuses: str, **more: Any) -> None:
    job = platform.jobs["job-1"]
    for task, status in zip(job["tasks"], statuses, strict=True):
        task["status"] = status
    job.update(more)


def test_a_job_under_way_is_asked_again_a_little_later_each_time(
    wired: Enterprise, sent: list[Command]
) -> None:
    pauses = []
    for _ in range(10):
        job = poll(wired)
        pauses.append(round((job.run_at - job.polled_at).total_seconds()))
    assert pauses == [2, 3, 5, 10, 20, 30, 60, 120, 300, 300]
    assert (job.state, job.remote_status, job.succeeded) == ("processing", "PROCESSING", 0)
    assert states(sent) == [State.ACKED] * 3


def test_each_sim_has_its_outcome_as_soon_as_its_task_tells(
    wired: Enterprise, sent: list[Command], platform: Platform
) -> None:
    set_tasks(platform, "SUCCESS", "PENDING", "FAILED")
    job = poll(wired)
    assert states(sent) == [State.APPLIED, State.ACKED, State.REJECTED]
    assert (job.state, job.succeeded, job.failed, job.percent) == ("processing", 1, 1, 66)
    assert fresh(sent[0]).evidence[-1]["jobId"] == "job-1"
    assert fresh(sent[2]).why == "task_failed"
    hinted = set(Hint.objects.values_list("giccid", flat=True))
    assert hinted == {sent[0].giccid, sent[2].giccid}


def test_row_16_success_with_an_error_message_is_success(
    wired: Enterprise, sent: list[Command], platform: Platform
) -> None:
    """The documentation's own sample."""
    set_tasks(platform, "SUCCESS", "SUCCESS", "SUCCESS", status="COMPLETED")
    for task in platform.jobs["job-1"]["tasks"]:
        task["errorMessage"] = "the sim status is illegal"
    assert poll(wired).state == BatchJob.State.COMPLETED
    assert states(sent) == [State.APPLIED] * 3


def test_row_16_all_pages_of_tasks_are_read(wired: Enterprise, order: Order, platform: Platform) -> None:
    platform.largest_page = 40
    commands = order(100)
    execute.dispatch(wired.pk)
    job = poll(wired)
    assert (job.state, job.succeeded) == (BatchJob.State.COMPLETED, 100)
    assert states(commands) == [State.APPLIED] * 100
    pages = [got.target for got in platform.asked if "/batchJobs/job-1" in got.target]
    assert len(pages) >= 3


def test_row_16_a_finished_job_that_left_a_sim_out_has_it_read(
    wired: Enterprise, sent: list[Command], platform: Platform
) -> None:
    set_tasks(platform, "SUCCESS", "PENDING", "SUCCESS", status="COMPLETED")
    assert poll(wired).state == BatchJob.State.COMPLETED
    assert states(sent) == [State.APPLIED, State.UNKNOWN, State.APPLIED]
    platform.sims[sent[1].giccid]["status"] = "DEACTIVATED"
    look(wired, 5)
    assert fresh(sent[1]).state == State.APPLIED


def test_a_job_is_over_when_every_task_is_although_it_says_processing(
    wired: Enterprise, sent: list[Command], platform: Platform
) -> None:
    set_tasks(platform, "SUCCESS", "FAILED", "SUCCESS")
    assert poll(wired).state == BatchJob.State.COMPLETED


def test_row_16_a_stuck_job_is_given_up_after_a_day_and_its_sims_are_read(
    wired: Enterprise, sent: list[Command], platform: Platform
) -> None:
    assert poll(wired, 86_300).state == BatchJob.State.PROCESSING
    job = poll(wired, 86_500)
    assert (job.state, states(sent)) == (BatchJob.State.OVERDUE, [State.UNKNOWN] * 3)
    look(wired, 86_510)
    look(wired, 86_900)
    assert states(sent) == [State.QUEUED] * 3, "not seen twice, and no log of it: sent again"


def test_row_16_a_job_that_cannot_be_read_for_a_day_is_given_up_too(
    wired: Enterprise, sent: list[Command], platform: Platform
) -> None:
    platform.reads.extend([Answer("500", steps=(problem(500),))] * 9)
    job = poll(wired, 10)
    assert (job.state, states(sent)) == (BatchJob.State.PROCESSING, [State.ACKED] * 3)
    assert job.error
    assert poll(wired, 86_500).state == BatchJob.State.OVERDUE
    assert states(sent) == [State.UNKNOWN] * 3


def test_row_16_a_job_the_platform_does_not_know_any_more_is_lost(
    wired: Enterprise, sent: list[Command], platform: Platform
) -> None:
    platform.jobs.clear()
    job = poll(wired)
    assert (job.state, states(sent)) == (BatchJob.State.LOST, [State.UNKNOWN] * 3)
    assert all(command.is_doubtful for command in Command.objects.all())


def test_row_16_a_lost_job_id_is_settled_by_reading(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    commands = order(3)
    platform.answers.append(LOST_AFTER)
    execute.dispatch(wired.pk)
    assert BatchJob.objects.get().state == BatchJob.State.LOST
    look(wired, 3)
    assert states(commands) == [State.APPLIED] * 3
    assert len(platform.effects) == 3


def test_row_12_a_task_that_failed_after_a_doubtful_issue_is_read(
    wired: Enterprise, order: Order, platform: Platform
) -> None:
    commands = order(2, is_doubtful=True, issue=1)
    for command in commands:  # the first issue did it, unseen
        platform.sims[command.giccid]["status"] = "DEACTIVATED"
    execute.dispatch(wired.pk)
    poll(wired)
    assert states(commands) == [State.UNKNOWN] * 2
    look(wired, 5)
    assert states(commands) == [State.APPLIED] * 2
    assert {command.why for command in Command.objects.all()} == {""}


def test_evidence_of_earlier_issues_stays(wired: Enterprise, sent: list[Command], platform: Platform) -> None:
    Command.objects.update(evidence=[{"by": "read"}, {"by": "reissue"}])
    set_tasks(platform, "SUCCESS", "SUCCESS", "FAILED", status="COMPLETED")
    poll(wired)
    kept = [[entry["by"] for entry in fresh(command).evidence] for command in sent]
    assert kept == [
        ["read", "reissue", "job"],
        ["read", "reissue", "job"],
        ["read", "reissue", "job", "task"],
    ]


def test_a_job_that_tells_later_settles_what_a_dead_worker_left(
    wired: Enterprise, sent: list[Command], platform: Platform
) -> None:
    """The holder's lease ran out between the answer and its commit; the job's id was kept all the same."""
    Command.objects.update(state=State.UNKNOWN, is_doubtful=True)
    platform.finish("job-1")
    poll(wired)
    assert states(sent) == [State.APPLIED] * 3


def test_two_workers_do_not_poll_one_job(wired: Enterprise, sent: list[Command], platform: Platform) -> None:
    BatchJob.objects.update(lease_until=timezone.now() + timedelta(seconds=30), run_at=timezone.now())
    before = len(platform.asked)
    job_polls.poll(wired.pk)
    assert len(platform.asked) == before
    assert claims.recover(timezone.now()) == 0


def test_tasks_of_strangers_and_nonsense_change_nothing(
    wired: Enterprise, sent: list[Command], platform: Platform, order: Order
) -> None:
    platform.holds_jobs = True
    (other,) = order(1, state=State.ACKED, kind="activate", status="INVENTORY")
    platform.jobs["job-1"]["tasks"] += [
        {"giccid": other.giccid, "status": "SUCCESS"},
        {"giccid": 5, "status": "SUCCESS"},
        {"status": "SUCCESS"},
        "SUCCESS",
        {"giccid": sent[0].giccid, "status": "NEW_WORD"},
    ]
    poll(wired)
    assert states([*sent, other]) == [State.ACKED] * 4
