"""The change logs as delta."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from mirror.models import SeenKey, SyncRun
from sims import delta as job
from sims.models import ChangeLog, Hint
from smarthub_client.times import parse_time
from tests.support.change_logs import log, logs
from tests.support.platform import Answer, Asked, ScriptedPlatform, answer, error
from tests.support.sweeps import DELTA, delta, drive, new_run, piece

pytestmark = pytest.mark.django_db
State = SyncRun.State


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform({}) as platform:
        yield platform


def asked_since(platform: ScriptedPlatform) -> datetime:
    return parse_time(platform.asked[-1].query["startTime"])


def close_to(moment: datetime | None, expected: datetime) -> bool:
    return moment is not None and abs(moment - expected) < timedelta(seconds=30)


def test_every_entry_is_kept_and_its_sim_is_hinted(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.logs = logs(230)
    run = delta(enterprise)
    assert (run.state, run.error, run.requests, run.created, run.seen) == (State.SUCCEEDED, "", 3, 230, 230)
    first = ChangeLog.objects.order_by("-happened_at").first()
    assert first is not None
    assert (first.giccid, first.type, first.original, first.target, first.status, first.raw) == (
        "0" * 19, "LOCAL_STATUS", "INVENTORY", "ACTIVATED", "SUCCESS", platform.logs[0],
    )  # fmt: skip
    assert set(Hint.objects.values_list("giccid", "reason")) == {(f"{n:019d}", "delta") for n in range(230)}
    assert not SeenKey.objects.exists()


def test_the_first_time_it_reads_what_the_platform_keeps(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    run = delta(enterprise)
    assert close_to(asked_since(platform), timezone.now() - job.KEPT)
    enterprise.refresh_from_db()
    assert enterprise.changes_until is not None and run.started_at is not None
    assert run.started_at <= enterprise.changes_until <= timezone.now()
    assert (run.requests, run.error) == (1, "")


def test_later_it_begins_a_little_before_it_ended(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    until = timezone.now() - timedelta(hours=3)
    Enterprise.objects.update(changes_until=until)
    platform.logs = logs(400)
    run = delta(enterprise)
    assert close_to(asked_since(platform), until - job.OVERLAP)
    assert timedelta(minutes=5) <= job.OVERLAP
    assert (run.state, run.created) == (State.SUCCEEDED, 191)


def test_a_gap_longer_than_thirty_days_is_said_and_reading_goes_on(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    Enterprise.objects.update(changes_until=timezone.now() - timedelta(days=40))
    platform.logs = logs(5)
    run = delta(enterprise)
    assert (run.state, run.created) == (State.SUCCEEDED, 5)
    assert "last 30 days only" in run.error and "next full sweep" in run.error
    enterprise.refresh_from_db()
    assert close_to(enterprise.changes_until, timezone.now())


def test_what_was_read_before_neither_doubles_nor_hints_again(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.logs = logs(3)
    delta(enterprise)
    Hint.objects.all().delete()
    platform.logs.insert(0, log(77))
    run = delta(enterprise)
    assert (run.created, run.unchanged, ChangeLog.objects.count()) == (1, 3, 4)
    assert [hint.giccid for hint in Hint.objects.all()] == [f"{77:019d}"]


def test_equal_entries_are_read_to_the_end_and_kept_once(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.logs = [log(1), log(1), *logs(120, start=5)]
    platform.logs[1] = dict(platform.logs[0])
    run = delta(enterprise)
    assert (run.state, run.seen, run.created) == (State.SUCCEEDED, 122, 121)


@pytest.mark.parametrize("order", ["newest", "oldest", "by giccid", "mixed"])
@pytest.mark.parametrize("ignores_start", [False, True])
def test_any_order_brings_all_of_the_range(
    enterprise: Enterprise, platform: ScriptedPlatform, order: str, ignores_start: bool
) -> None:
    until = timezone.now() - timedelta(minutes=200)
    Enterprise.objects.update(changes_until=until)
    found = logs(730)
    keys = {"oldest": lambda e: e["createdTime"], "by giccid": lambda e: e["giccid"][::-1], "mixed": hash_of}
    platform.logs = sorted(found, key=keys[order]) if order in keys else found
    platform.ignores_start = ignores_start
    run = delta(enterprise)
    assert (run.state, run.error) == (State.SUCCEEDED, "")
    wanted = {entry["giccid"] for entry in found if parse_time(entry["createdTime"]) > until}
    assert wanted <= set(ChangeLog.objects.values_list("giccid", flat=True))
    assert len(wanted) == 200


def hash_of(entry: dict[str, Any]) -> int:
    return int(entry["giccid"]) * 7919 % 1009


def test_an_ignored_start_costs_no_more_pages_than_needed_but_once_a_day(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.logs, platform.ignores_start = logs(950), True
    noon = timezone.now().replace(hour=12, minute=0)
    run = delta(enterprise)
    assert (run.requests, run.created) == (10, 950)
    Enterprise.objects.update(changes_until=timezone.now())
    assert delta(enterprise).requests == 2
    Enterprise.objects.update(changes_until=noon - timedelta(days=1))
    assert delta(enterprise).requests == 10


def test_a_page_that_is_repeated_leaves_the_range_open(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.logs = logs(250)
    once = answer({"data": platform.logs[:100], "page": 0, "size": 100, "total": 250})
    platform.before = lambda asked: once
    run = delta(enterprise)
    assert run.state == State.INCOMPLETE
    assert "100 of 250" in run.error
    enterprise.refresh_from_db()
    assert enterprise.changes_until is None
    platform.before = lambda _asked: None
    assert delta(enterprise).state == State.SUCCEEDED
    assert ChangeLog.objects.count() == 250


def test_pages_that_leave_entries_out_are_read_again_until_all_were_met(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.logs = logs(450)
    skipped = iter([0, 3, 0, 0, 0])

    def shift(asked: Asked) -> Answer | None:
        rows = next(skipped, 0)
        start = int(asked.query.get("page", 0)) * 100 + rows
        page = platform.logs[start : start + 100]
        return answer({"data": page, "page": start // 100, "size": 100, "total": 450}) if rows else None

    platform.before = shift
    run = delta(enterprise)
    assert (run.state, run.seen, ChangeLog.objects.count()) == (State.SUCCEEDED, 450, 450)
    assert run.requests > 5


def test_a_truncated_list_with_a_true_total_leaves_the_range_open(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.logs = logs(5)
    platform.told_total = 9
    assert delta(enterprise).state == State.INCOMPLETE
    enterprise.refresh_from_db()
    assert enterprise.changes_until is None


def test_entries_that_come_meanwhile_are_left_to_the_next_run(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.logs = logs(250, minutes=1)
    coming = iter(range(1000, 2000))

    def come(_asked: Asked) -> None:
        platform.logs.insert(0, log(next(coming)))

    platform.before = come
    run = delta(enterprise)
    assert run.state == State.SUCCEEDED
    platform.before = lambda _asked: None
    delta(enterprise)
    assert ChangeLog.objects.count() == len(platform.logs)


def test_changes_until_never_goes_back(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    run = new_run(enterprise, DELTA)
    later = timezone.now() + timedelta(hours=1)
    platform.before = lambda _asked: Enterprise.objects.update(changes_until=later) and None
    assert drive(run).state == State.SUCCEEDED
    enterprise.refresh_from_db()
    assert enterprise.changes_until == later


def test_stopped_after_every_page_it_goes_on_from_its_cursor(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.logs = logs(450)
    run, pieces = new_run(enterprise, DELTA), 0
    while piece(run, seconds=0).is_open:
        pieces += 1
        assert (run.lease_until, run.pages) == (None, pieces)
    assert (run.state, run.requests, run.created) == (State.SUCCEEDED, 5, 450)


def test_a_failing_platform_is_asked_again_and_nothing_is_lost(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.logs = logs(350)
    answers = iter([None, error(500), None, error(502), None, error(408)])
    platform.before = lambda _asked: next(answers, None)
    run = drive(new_run(enterprise, DELTA))
    assert (run.state, run.created, run.error) == (State.SUCCEEDED, 350, "")


def test_there_is_a_slot_for_each_interval_of_connected_enterprises(enterprise: Enterprise) -> None:
    now = datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)
    enterprise.delta_minutes = 5
    enterprise.save()
    slots = {due.slot for due in job.due(now)}
    assert slots == {due.slot for due in job.due(now + timedelta(minutes=4))}
    assert slots.isdisjoint({due.slot for due in job.due(now + timedelta(minutes=5))})
    Enterprise.objects.update(is_enabled=False)
    assert list(job.due(now)) == []
