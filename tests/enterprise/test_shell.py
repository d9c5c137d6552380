"""Chips and banner: what the frame of every page says about the enterprise."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from enterprise.pacing import REASONS, RESERVED
from enterprise.shell import as_of, budget_chip, condition, is_stale, sync_chip
from mirror.models import SyncRun
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SyncRunFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()
State, Kind = SyncRun.State, SyncRun.ErrorKind


def run(enterprise: Enterprise, state: str, kind: str = "", **values: Any) -> SyncRun:
    is_open = state in (State.QUEUED, State.RUNNING, State.WAITING)
    defaults: dict[str, Any] = {"requests": 3, "finished_at": None if is_open else NOW}
    return SyncRunFactory(enterprise=enterprise, state=state, error_kind=kind, **{**defaults, **values})


def rated(
    enterprise: Enterprise, left: int | None, *, limit: int = 5000, minutes: int = 10
) -> dict[str, Any]:
    enterprise.rate_limit, enterprise.rate_remaining = limit, left
    enterprise.rate_reset_at = timezone.now() + timedelta(minutes=minutes)
    return budget_chip(enterprise)


def test_an_unknown_budget_says_so(enterprise: Enterprise) -> None:
    assert budget_chip(enterprise)["level"] == "unknown"
    assert rated(enterprise, None)["level"] == "unknown"


@pytest.mark.parametrize(("left", "level"), [(5000, "ok"), (501, "ok"), (500, "low"), (0, "low")])
def test_a_budget_is_low_from_a_tenth_on(enterprise: Enterprise, left: int, level: str) -> None:
    chip = rated(enterprise, left)
    assert (chip["level"], chip["label"]) == (level, f"{left:,} of 5,000 left")


def test_after_its_reset_a_budget_is_whole_again(enterprise: Enterprise) -> None:
    chip = rated(enterprise, 0, minutes=-1)
    assert (chip["level"], chip["label"]) == ("ok", "5,000 of 5,000 left")


def test_a_limit_of_nothing_is_low(enterprise: Enterprise) -> None:
    assert rated(enterprise, 0, limit=0)["level"] == "low"


def chip(enterprise: Enterprise, swept: timedelta | None) -> tuple[str, str]:
    enterprise.swept_at = None if swept is None else timezone.now() - swept
    shown = sync_chip(enterprise)
    assert shown["url"] and shown["poll_url"] and shown["title"]
    return shown["level"], shown["label"]


def test_the_chip_tells_the_age_of_the_fleet(enterprise: Enterprise) -> None:
    assert chip(enterprise, None) == ("never", "never synced")
    assert chip(enterprise, timedelta(seconds=5)) == ("fresh", "fleet as of just now")
    assert chip(enterprise, timedelta(minutes=12)) == ("fresh", "fleet as of 12\xa0minutes ago")
    assert chip(enterprise, timedelta(hours=5)) == ("stale", "fleet as of 5\xa0hours ago")


def test_the_chip_tells_that_a_sweep_runs_or_waits(enterprise: Enterprise) -> None:
    sweep = run(enterprise, State.RUNNING, seen=30, expected=120)
    assert chip(enterprise, timedelta(minutes=12))[0] == "syncing"
    assert chip(enterprise, None) == ("syncing", "first sync: 25 %")
    SyncRun.objects.update(expected=None)
    assert chip(enterprise, None) == ("syncing", "first sync starts")
    SyncRun.objects.update(state=State.WAITING, error_kind=Kind.THROTTLED)
    assert chip(enterprise, None) == ("failed", "sync waits")
    SyncRun.objects.update(finished_at=NOW)
    assert chip(enterprise, timedelta(seconds=1))[0] == "fresh"
    assert sweep.percent == 25


def test_the_hourly_refresh_is_no_sync_of_the_fleet(enterprise: Enterprise) -> None:
    run(enterprise, State.WAITING, job="enterprise.accounts")
    assert chip(enterprise, timedelta(seconds=5))[0] == "fresh"


def shown(enterprise: Enterprise) -> Any:
    found = condition(enterprise)
    if found is None:
        return None
    assert found["as_of"] == as_of(enterprise) and found["action_url"]
    assert (found["until"] is not None) == (found["kind"] == "throttled")
    return found["kind"]


@pytest.mark.parametrize(
    ("state", "kind", "expected"),
    [
        (State.SUCCEEDED, "", None),
        (State.INCOMPLETE, "", None),
        (State.RUNNING, "", None),
        (State.FAILED, Kind.UNAUTHORIZED, "unauthorized"),
        (State.WAITING, Kind.THROTTLED, "throttled"),
        (State.WAITING, Kind.DOWN, "down"),
        (State.FAILED, Kind.DOWN, None),
        (State.FAILED, Kind.OTHER, None),
    ],
)
def test_the_banner_tells_what_stands_in_the_way(
    enterprise: Enterprise, state: str, kind: str, expected: str | None
) -> None:
    run(enterprise, state, kind)
    assert shown(enterprise) == expected


def test_a_run_just_queued_does_not_say_that_a_trouble_is_over(enterprise: Enterprise) -> None:
    run(enterprise, State.FAILED, Kind.UNAUTHORIZED)
    new = run(enterprise, State.QUEUED, requests=0)
    assert shown(enterprise) == "unauthorized"
    SyncRun.objects.filter(pk=new.pk).update(requests=1, state=State.RUNNING)
    assert shown(enterprise) is None


def test_an_old_fleet_is_told_only_when_nothing_worse_is(enterprise: Enterprise) -> None:
    enterprise.swept_at = timezone.now() - timedelta(minutes=2 * enterprise.sweep_minutes + 6)
    assert is_stale(enterprise)
    assert shown(enterprise) == "stale"
    run(enterprise, State.WAITING, Kind.DOWN)
    assert shown(enterprise) == "down"


def test_a_fleet_too_large_for_the_interval_is_old_only_by_its_own_pace(enterprise: Enterprise) -> None:
    run(enterprise, State.SUCCEEDED, requests=10_000, job="sims.sweep")  # four hours at 5,000 an hour
    enterprise.swept_at = timezone.now() - timedelta(hours=7)
    assert not is_stale(enterprise)
    enterprise.swept_at = timezone.now() - timedelta(hours=9)
    assert is_stale(enterprise)


def test_before_the_first_sweep_there_is_no_copy_to_be_old(enterprise: Enterprise) -> None:
    enterprise.swept_at = None
    assert not is_stale(enterprise)
    assert condition(enterprise) is None


def test_another_enterprises_trouble_is_not_shown(
    enterprise: Enterprise, foreign_enterprise: Enterprise
) -> None:
    run(foreign_enterprise, State.FAILED, Kind.UNAUTHORIZED)
    run(foreign_enterprise, State.WAITING, Kind.DOWN, job="enterprise.accounts")
    assert shown(enterprise) is None
    assert sync_chip(enterprise)["level"] == "fresh"


def test_change_logs_carry_the_fleet_on_between_two_sweeps(enterprise: Enterprise) -> None:
    now = timezone.now()
    enterprise.changes_until = now - timedelta(minutes=3)
    assert chip(enterprise, timedelta(minutes=20)) == ("fresh", "fleet as of 3\xa0minutes ago")
    title = sync_chip(enterprise)["title"]
    assert "Every SIM was read after" in title and "Change logs were read until" in title
    enterprise.changes_until = now - timedelta(hours=3)
    assert chip(enterprise, timedelta(minutes=20)) == ("fresh", "fleet as of 20\xa0minutes ago")


def test_change_logs_without_a_sweep_make_no_fleet(enterprise: Enterprise) -> None:
    enterprise.changes_until = timezone.now()
    assert chip(enterprise, None) == ("never", "never synced")


def test_a_sweep_that_leaves_the_hour_to_others_is_no_trouble(enterprise: Enterprise) -> None:
    run(enterprise, State.WAITING, Kind.THROTTLED, error=RESERVED)
    assert chip(enterprise, timedelta(minutes=12))[0] == "syncing"
    assert shown(enterprise) is None
    SyncRun.objects.update(error=REASONS["used_up"])
    assert chip(enterprise, timedelta(minutes=12)) == ("failed", "sync waits")
    assert sync_chip(enterprise)["title"] == REASONS["used_up"]
    found = condition(enterprise)
    assert found is not None and (found["kind"], found["is_own"]) == ("throttled", True)
    assert found["action_url"] == f"/enterprise/{enterprise.pk}/budget/"


@pytest.mark.parametrize(
    ("state", "kind", "expected", "on_overview", "on_list"),
    [
        (State.FAILED, Kind.UNAUTHORIZED, "unauthorized", *["SmartHub refuses our API key"] * 2),
        (
            State.WAITING,
            Kind.THROTTLED,
            "throttled",
            "The first sync goes on by itself then",
            "then the first sync goes on by itself",
        ),
        (State.WAITING, Kind.DOWN, "down", *["SmartHub does not answer"] * 2),
        (State.FAILED, Kind.OTHER, "failed", "The first sync did not succeed", "The first sync failed"),
    ],
)
def test_before_the_first_sweep_the_page_says_what_is_wrong_not_that_it_is_on_its_way(
    enterprise: Enterprise,
    viewer: User,
    sign_in: SignIn,
    state: str,
    kind: str,
    expected: str,
    on_overview: str,
    on_list: str,
) -> None:
    Enterprise.objects.update(swept_at=None)
    enterprise.refresh_from_db()
    run(enterprise, state, kind)
    assert shown(enterprise) == expected
    for address, words in (("/", on_overview), ("/sims/", on_list)):
        html = sign_in(viewer).get(address).content.decode()
        assert words in html, address
        assert "is on its way" not in html
    SyncRun.objects.all().delete()
    assert "The first sync is on its way" in sign_in(viewer).get("/").content.decode()
