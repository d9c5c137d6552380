"""The pages of batch jobs.

Aims at: a job of another account listed, the list of SIMs without the filter, a poll that went on after the end.
"""

import pytest

from commands.models import BatchJob, Plan
from tests import factories
from tests.command_factories import AttemptFactory, BatchJobFactory, CommandFactory, PlanFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def plan(enterprise, operator):
    return PlanFactory(enterprise=enterprise, state=Plan.State.RUNNING, submitted_by=operator)


def _with_sims(job, account, *states):
    return [
        CommandFactory(sim=factories.SimFactory(account=account), plan=job.plan, job=job, state=state)
        for state in states
    ]


def test_a_job_is_listed_with_what_it_does_and_how_far_it_is(plan, viewer, sign_in):
    BatchJobFactory(plan=plan, remote_id="remote-7", total=10, succeeded=3, failed=1)
    response = sign_in(viewer).get("/jobs/")
    page = response.content.decode()
    for words in ("remote-7", "Suspend", "Processing", "4 of 10", "operator"):
        assert words in page
    assert 'hx-trigger="every 2s"' in page


def test_people_limited_to_accounts_see_jobs_with_a_sim_of_theirs(
    plan, account, other_account, outsider, sign_in
):
    hidden, shown = BatchJobFactory(plan=plan), BatchJobFactory(plan=plan)
    _with_sims(hidden, account, "sent")
    foreign, own = *_with_sims(shown, account, "sent"), *_with_sims(shown, other_account, "sent")
    browser = sign_in(outsider)
    assert [row["job"].pk for row in browser.get("/jobs/").context["rows"]] == [shown.pk]
    assert browser.get(f"/jobs/{hidden.pk}/").status_code == 404
    page = browser.get(f"/jobs/{shown.pk}/").content.decode()
    assert own.giccid in page
    assert foreign.giccid not in page


@pytest.mark.parametrize(
    ("show", "states"),
    [("open", ["processing"]), ("failed", ["lost"]), ("x", ["processing", "completed", "lost"])],
)
def test_the_list_shows_what_was_chosen(show, states, plan, viewer, sign_in):
    for state in ("lost", "completed", "processing"):
        BatchJobFactory(plan=plan, state=state)
    response = sign_in(viewer).get(f"/jobs/?show={show}")
    assert [row["job"].state for row in response.context["rows"]] == states


def test_a_job_tells_the_fate_of_each_of_its_sims(plan, account, viewer, sign_in):
    job = BatchJobFactory(plan=plan, total=3)
    AttemptFactory(job=job, request_id="req-job-1")
    applied, rejected, missed = _with_sims(job, account, "applied", "rejected", "not_applied")
    browser = sign_in(viewer)
    page = browser.get(f"/jobs/{job.pk}/").content.decode()
    assert "req-job-1" in page
    assert all(order.giccid in page for order in (applied, rejected, missed))
    failed = browser.get(f"/jobs/{job.pk}/?show=failed")
    assert {row["order"].pk for row in failed.context["rows"]} == {rejected.pk, missed.pk}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("lost", "Each SIM is read back by itself until that is certain"),
        ("overdue", "did not end it within a day"),
        ("rejected", "Nothing in it happened"),
    ],
)
def test_what_went_wrong_with_a_job_says_what_that_means_for_its_sims(state, words, plan, viewer, sign_in):
    job = BatchJobFactory(plan=plan, state=state, remote_id="")
    assert words in sign_in(viewer).get(f"/jobs/{job.pk}/").content.decode()


@pytest.mark.parametrize("state", BatchJob.State)
def test_pages_ask_again_only_while_a_job_is_under_way(state, plan, viewer, sign_in):
    job, browser = BatchJobFactory(plan=plan, state=state), sign_in(viewer)
    is_open = state in ("sent", "processing")
    for address in ("/jobs/", f"/jobs/{job.pk}/", f"/jobs/{job.pk}/?show=failed"):
        response = browser.get(address, headers=HTMX)
        assert response.status_code == (200 if is_open else 286), address
        assert (b"hx-trigger" in response.content) == is_open
