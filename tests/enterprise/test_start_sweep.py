"""Starting a sweep by hand."""

from datetime import timedelta

from django.utils import timezone

from enterprise.models import Enterprise
from enterprise.start import start_sweep
from mirror import runs
from mirror.models import SyncRun
from staff.models import User
from tests.conftest import SignIn
from tests.support.committed import at_once


def test_a_click_starts_a_sweep_in_the_persons_name(
    operator: User, sign_in: SignIn, enterprise: Enterprise
) -> None:
    response = sign_in(operator).post(f"/enterprise/{enterprise.pk}/sweep/")
    run = SyncRun.objects.get()
    assert (response.status_code, response.headers["Location"]) == (302, f"/enterprise/sync/{run.pk}/")
    assert (run.job, run.trigger, run.requested_by, run.state) == ("sims.sweep", "person", operator, "queued")
    assert list(SyncRun.objects.claimable(timezone.now())) == [run]


def test_a_second_click_leads_to_the_run_that_is_open(
    operator: User, sign_in: SignIn, enterprise: Enterprise
) -> None:
    desk = sign_in(operator)
    first = desk.post(f"/enterprise/{enterprise.pk}/sweep/", follow=True)
    second = desk.post(f"/enterprise/{enterprise.pk}/sweep/", follow=True)
    assert "has been started" in first.content.decode()
    assert "already running" in second.content.decode()
    assert SyncRun.objects.count() == 1


def test_after_its_end_a_click_starts_another(enterprise: Enterprise) -> None:
    first, _is_new = start_sweep(enterprise, None)
    SyncRun.objects.update(finished_at=timezone.now())
    second, is_new = start_sweep(enterprise, None)
    assert is_new and second.pk != first.pk


def test_the_hourly_refresh_and_other_enterprises_are_not_in_the_way(
    enterprise: Enterprise, foreign_enterprise: Enterprise
) -> None:
    now = timezone.now()
    SyncRun.objects.create(enterprise=enterprise, job="enterprise.accounts", slot="1", run_at=now)
    start_sweep(foreign_enterprise, None)
    assert start_sweep(enterprise, None)[1]


def test_viewers_and_strangers_start_nothing(
    viewer: User, stranger: User, sign_in: SignIn, enterprise: Enterprise
) -> None:
    for person, status in ((viewer, 403), (stranger, 403), (None, 302)):
        assert sign_in(person).post(f"/enterprise/{enterprise.pk}/sweep/").status_code == status
    assert not SyncRun.objects.exists()


def test_many_clicks_at_the_same_moment_start_one(committed: Enterprise) -> None:
    for number in range(5):
        results = at_once(*[lambda: start_sweep(committed, None)] * 6)
        assert sorted(is_new for _run, is_new in results) == [False] * 5 + [True]
        assert len({run.pk for run, _is_new in results}) == 1
        assert committed.sync_runs.count() == number + 1
        committed.sync_runs.update(finished_at=timezone.now())


def test_a_click_and_the_schedule_at_the_same_moment_are_one_run(committed: Enterprise) -> None:
    """Each moment is another slot, so the slot alone would let both through."""
    for number in range(5):
        moment = timezone.now() + timedelta(hours=number)
        results = at_once(
            lambda: start_sweep(committed, None),
            lambda: runs.start_due_runs(moment),  # noqa: B023
            lambda: runs.start_due_runs(moment),  # noqa: B023
        )
        assert not [result for result in results if isinstance(result, Exception)]
        assert committed.sync_runs.open().filter(job="sims.sweep").count() == 1  # type: ignore[attr-defined]
        committed.sync_runs.update(finished_at=timezone.now())
