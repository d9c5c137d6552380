"""What a SIM used day by day, out of its counters.

Seen red: a correction counted as use, the first snapshot of a SIM that came with usage counted whole.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mirror.apply import Origin, apply
from sims.models import AccountDay, Sim, SimDay
from sims.spec import SIM
from sims.usage_days import usage_of
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()


def day(ago: int) -> date:
    return TODAY - timedelta(days=ago)


@pytest.fixture
def quiet(sim: Sim) -> Sim:
    """Seen for the first time 300 days ago, without any snapshot."""
    Sim.objects.update(first_seen_at=NOW - timedelta(days=300))
    SimDay.objects.all().delete()
    sim.refresh_from_db()
    return sim


def snapshots(sim: Sim, counters: dict[int, float]) -> None:
    """MB by days ago; as many messages, half as many minutes."""
    SimDay.objects.bulk_create(
        SimDay(sim=sim, day=day(ago), data_mb=mb, sms=mb, voice_min=mb / 2) for ago, mb in counters.items()
    )


def used(sim: Sim, days: int = 30) -> dict[int, float]:
    return {(TODAY - row.day).days: row.used.data_mb for row in usage_of(sim, days, NOW).rows}


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        ({9: 5.0, 7: 12.0, 0: 12.5}, {9: 5.0, 7: 7.0, 0: 0.5}),
        ({9: 100.0, 8: 10.0}, {9: 100.0, 8: 10.0}),
        ({9: 100.0, 8: 60.0, 7: 70.0}, {9: 100.0, 8: 0.0, 7: 10.0}),
        ({45: 40.0, 9: 50.0}, {9: 10.0}),
        ({45: 40.0}, {}),
        ({9: 100.0, 8: 50.0}, {9: 100.0, 8: 0.0}),
    ],
    ids=["grown", "new cycle", "correction", "base before the span", "nothing since", "half is no new cycle"],
)
def test_a_days_use_is_the_difference_to_the_snapshot_before(
    quiet: Sim, counters: dict[int, float], expected: dict[int, float]
) -> None:
    snapshots(quiet, counters)
    assert used(quiet) == expected


def test_a_sim_that_came_with_usage_used_none_of_it_on_its_first_day(quiet: Sim) -> None:
    snapshots(quiet, {300: 80.0, 299: 81.0})
    assert used(quiet, 400) == {300: 0.0, 299: 1.0}


def test_totals_the_busiest_day_and_a_new_cycle_are_told(quiet: Sim) -> None:
    snapshots(quiet, {9: 4.0, 8: 10.0, 7: 1.0})
    series = usage_of(quiet, 30, NOW)
    assert (series.total.data_mb, series.total.sms, series.total.voice_min) == (11.0, 11.0, 5.5)
    assert series.busiest is not None and series.busiest.day == day(8)
    assert [row.is_new_cycle for row in series.rows] == [False, False, True]
    assert (series.start, series.end, series.since) == (day(29), TODAY, day(300))


def test_days_of_a_sim_and_of_its_account_agree(sim: Sim) -> None:
    """What the database's trigger adds up is what the page works out."""
    account = sim.account
    assert account is not None
    Sim.objects.filter(pk=sim.pk).delete()
    giccid = "898600000000000777"
    for ago, mb in ((9, 0.0), (8, 5.0), (8, 7.5), (6, 2.0), (5, 1.5), (3, 8.0)):
        payload = SimFactory.build(account=account, enterprise=account.enterprise, giccid=giccid).raw
        payload["currentCycleUsages"] = {"dataUsage": mb, "smsUsage": 0, "voiceUsage": 0}
        moment = NOW - timedelta(days=ago) + timedelta(minutes=int(mb))
        apply(SIM, [payload], Origin(account.enterprise_id, "sweep", moment, {"account_id": account.pk}))
    Sim.objects.update(first_seen_at=NOW - timedelta(days=9))
    by_account: dict[date, Any] = dict(
        AccountDay.objects.filter(account_id=account.pk, data_mb__gt=0).values_list("day", "data_mb")
    )
    by_sim = {day(ago): mb for ago, mb in used(Sim.objects.get(giccid=giccid)).items() if mb}
    assert by_sim == by_account == {day(8): 7.5, day(6): 2.0, day(3): 6.5}


@pytest.mark.parametrize("days", ["30", "90", "400", "7", "x", ""])
def test_the_page_draws_a_column_for_every_day(viewer: User, sign_in: SignIn, quiet: Sim, days: str) -> None:
    snapshots(quiet, {9: 4.0, 8: 10.0})
    context = sign_in(viewer).get(f"/sims/{quiet.giccid}/usage/?days={days}").context
    expected = int(days) if days in ("30", "90", "400") else 30
    assert {len(chart["columns"]) for chart in context["charts"]} == {expected}


def test_a_sim_without_a_snapshot_says_so(viewer: User, sign_in: SignIn, quiet: Sim) -> None:
    text = sign_in(viewer).get(f"/sims/{quiet.giccid}/usage/").content.decode()
    assert "No usage has been seen yet" in text
