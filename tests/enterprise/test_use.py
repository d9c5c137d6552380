"""Requests by class and hour: carried over from Redis once a minute, each counted once whatever happens."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.db import connection
from django.utils import timezone

from enterprise import tasks, use
from enterprise.budget import budget_of, shared_redis
from enterprise.models import BudgetUse, Enterprise
from enterprise.use import prune_use, record_all, record_use
from smarthub_client.budget import Granted, Purpose
from tests.factories import EnterpriseFactory
from tests.support.budgets import new_window, told

pytestmark = pytest.mark.django_db
SWEEP, PERSON = Purpose.SWEEP, Purpose.INTERACTIVE


def sent(enterprise: Enterprise, count: int, purpose: Purpose = SWEEP) -> None:
    """Requests that were granted and answered."""
    for _ in range(count):
        grant = budget_of(enterprise).acquire(purpose)
        assert isinstance(grant, Granted), grant
        budget_of(enterprise).settle(grant, 200)


def recorded(enterprise: Enterprise) -> dict[str, int]:
    rows: dict[str, int] = {}
    for row in BudgetUse.objects.filter(enterprise=enterprise):
        rows[row.purpose] = rows.get(row.purpose, 0) + row.granted
    return rows


@pytest.fixture
def counting(enterprise: Enterprise) -> Enterprise:
    told(enterprise, 900)  # one request of a person
    return enterprise


def test_what_was_sent_is_recorded_by_class_and_hour(counting: Enterprise) -> None:
    sent(counting, 3)
    record_use(counting)
    rows = {row.purpose: row for row in BudgetUse.objects.all()}
    assert {name: row.granted for name, row in rows.items()} == {"interactive": 1, "sweep": 3}
    hour = rows["sweep"].hour
    assert (hour.minute, hour.second) == (0, 0)
    assert timedelta() <= timezone.now() - hour < timedelta(hours=1, seconds=5)


def test_refusals_and_429_are_recorded(counting: Enterprise) -> None:
    grant = budget_of(counting).acquire(SWEEP)
    assert isinstance(grant, Granted)
    budget_of(counting).settle(grant, 429)
    budget_of(counting).acquire(SWEEP)
    record_use(counting)
    row = BudgetUse.objects.get(purpose="sweep")
    assert (row.granted, row.refused, row.limited) == (1, 1, 1)


def test_nothing_is_counted_twice(counting: Enterprise) -> None:
    sent(counting, 3)
    record_use(counting)
    record_use(counting)
    sent(counting, 2)
    record_use(counting)
    assert recorded(counting) == {"interactive": 1, "sweep": 5}


def test_a_crash_before_the_rows_are_kept_loses_and_doubles_nothing(
    counting: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(counting, 3)

    def crash(*_args: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(BudgetUse, "save", crash)
        record_use(counting)
    record_use(counting)
    assert recorded(counting) == {"interactive": 1, "sweep": 3}


@pytest.mark.parametrize("after", [1, 3, 7])
def test_after_flushall_the_new_counts_are_added_however_many(counting: Enterprise, after: int) -> None:
    """Also when they have grown beyond those before, so that a smaller count alone would not tell."""
    sent(counting, 3)
    record_use(counting)
    new_window(counting)
    told(counting, 800)
    sent(counting, after)
    record_use(counting)
    assert recorded(counting) == {"interactive": 2, "sweep": 3 + after}


def test_a_request_that_was_never_sent_is_taken_off_again(counting: Enterprise) -> None:
    grant = budget_of(counting).acquire(SWEEP)
    record_use(counting)
    assert recorded(counting)["sweep"] == 1
    assert isinstance(grant, Granted)
    budget_of(counting).settle(grant, 0, was_sent=False)
    record_use(counting)
    assert recorded(counting)["sweep"] == 0


def test_another_key_starts_another_count_and_the_sum_stays(counting: Enterprise) -> None:
    record_use(counting)
    counting.set_secret("api_key", "another")
    counting.save()
    told(counting, 500)
    record_use(counting)
    assert recorded(counting) == {"interactive": 2}


def test_old_hours_leave_redis_after_they_were_recorded(counting: Enterprise) -> None:
    key, old = budget_of(counting).use_key, datetime.now(UTC).replace(minute=0) - timedelta(hours=60)
    field = f"{int(old.timestamp())}:sweep:granted"
    shared_redis().hset(key, field, 5)
    record_use(counting)
    record_use(counting)
    assert recorded(counting)["sweep"] == 5
    assert not shared_redis().hexists(key, field)
    assert shared_redis().hlen(key) == 2  # began, and the person of this hour


def test_fields_nobody_knows_are_left_alone(counting: Enterprise) -> None:
    shared_redis().hset(
        budget_of(counting).use_key, mapping={"x": 1, "5:dreams:granted": 1, "5:sweep:eaten": 1}
    )
    record_use(counting)
    assert recorded(counting) == {"interactive": 1}


def test_without_redis_the_rows_stay_and_nothing_fails(
    counting: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_all()

    class Gone:
        def hgetall(self, _key: str) -> Any:
            raise redis.ConnectionError

    monkeypatch.setattr(use, "shared_redis", Gone)
    tasks.record_use()
    assert recorded(counting) == {"interactive": 1}


def test_every_enterprise_with_a_key_is_recorded(counting: Enterprise) -> None:
    switched_off, keyless = EnterpriseFactory(is_enabled=False), EnterpriseFactory(api_key="")
    for other in (switched_off, keyless):
        told(other, 700)
    tasks.record_use()
    assert recorded(counting) == recorded(switched_off) == {"interactive": 1}
    assert recorded(keyless) == {}


@pytest.fixture
def busy(counting: Enterprise) -> Iterator[None]:
    """Another recorder is at work: it holds the lock in a session of its own."""
    ready, done = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [use._LOCK, counting.pk])
            ready.set()
            done.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert ready.wait(20)
    yield
    done.set()
    thread.join()


def test_a_second_recorder_leaves_it_to_the_first(counting: Enterprise, busy: None) -> None:
    record_use(counting)
    assert recorded(counting) == {}


def test_rows_are_kept_for_90_days(counting: Enterprise) -> None:
    now = timezone.now()
    for days in (89, 91):
        BudgetUse.objects.create(enterprise=counting, hour=now - timedelta(days=days), purpose="sweep")
    prune_use(now)
    assert BudgetUse.objects.get().hour == now - timedelta(days=89)
