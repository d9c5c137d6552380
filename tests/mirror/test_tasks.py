"""The tick and the wake-up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from mirror import jobs, runs, tasks
from mirror.jobs import Due, Job
from mirror.models import SyncRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the runs that were woken; nothing is really sent."""
    sent: list[int] = []
    monkeypatch.setattr(tasks.advance, "apply_async", lambda args, **_options: sent.append(args[0]))
    return sent


@pytest.fixture
def advanced(monkeypatch: pytest.MonkeyPatch, enterprise: Enterprise) -> list[int]:
    """The only job there is: one slot of one enterprise; the ids of the runs that were worked on."""
    done: list[int] = []
    due = [Due(enterprise.pk, "1")]
    monkeypatch.setattr(
        jobs, "_JOBS", {"test.job": Job("test.job", lambda _now: due, lambda run: done.append(run.pk))}
    )
    return done


def test_a_tick_starts_what_is_due_and_wakes_it(messages: list[int], advanced: list[int]) -> None:
    tasks.tick()
    assert messages == [SyncRun.objects.get().pk]


def test_the_next_tick_wakes_again_what_a_lost_message_left(messages: list[int], advanced: list[int]) -> None:
    tasks.tick()
    messages.clear()
    tasks.tick()
    assert messages == [SyncRun.objects.get().pk]


def test_a_tick_leaves_alone_what_is_held_waiting_or_ended(messages: list[int], advanced: list[int]) -> None:
    tasks.tick()
    run = SyncRun.objects.get()
    held = runs.claim(run.pk, timezone.now())
    assert held is not None
    messages.clear()
    tasks.tick()
    runs.wait_until(held, timezone.now() + timedelta(minutes=1), "later")
    tasks.tick()
    SyncRun.objects.update(finished_at=timezone.now(), run_at=timezone.now())
    tasks.tick()
    assert messages == []


def test_a_tick_wakes_what_a_killed_worker_left_once_its_lease_is_over(
    messages: list[int], advanced: list[int]
) -> None:
    tasks.tick()
    SyncRun.objects.update(state="running", lease_until=timezone.now() - timedelta(milliseconds=1))
    messages.clear()
    tasks.tick()
    assert messages == [SyncRun.objects.get().pk]


def test_a_message_that_comes_twice_works_once(messages: list[int], advanced: list[int]) -> None:
    tasks.tick()
    run = SyncRun.objects.get()
    tasks.advance(run.pk)
    tasks.advance(run.pk)
    assert advanced == [run.pk]


def test_a_message_about_no_run_does_nothing(advanced: list[int]) -> None:
    tasks.advance(0)
    assert advanced == []
