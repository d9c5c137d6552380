"""The figures of the overview, against counting by hand."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Account, Enterprise, ServicePackage
from sims.figures import FleetFigures, fleet_figures
from sims.filters import SimFilter
from sims.models import Sim, Status
from sims.queries import EXPIRING_DAYS, ends_soon, matching
from smarthub_client.times import parse_time
from staff.models import User
from tests.factories import ServicePackageFactory, SimFactory, UserFactory
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import refresh, sweep

pytestmark = pytest.mark.django_db


def by_hand(
    fleet: list[dict[str, Any]], quotas: dict[tuple[str, str], float], accounts: dict[str, str]
) -> Any:
    """Counts of list items, without the mirror's code."""
    today = timezone.now().astimezone(UTC).date()
    near = expiring = 0
    for item in fleet:
        package = item["currentBasicServicePackage"]
        if package is None:
            continue
        quota = quotas.get((accounts[item["giccid"]], package["name"]), 0)
        near += quota > 0 and item["currentCycleUsages"]["dataUsage"] >= 0.8 * quota
        if package["endTime"] is not None:
            ends = parse_time(package["endTime"]).astimezone(UTC).date()
            expiring += today <= ends <= today + timedelta(days=EXPIRING_DAYS)
    return len(fleet), Counter(item["status"] for item in fleet), near, expiring


@pytest.mark.servers
def test_they_equal_a_count_by_hand_of_what_the_platform_exports(
    sandbox: SandboxProcess, connected: Enterprise, viewer: User
) -> None:
    fleet = sandbox.fleet()
    for number, item in enumerate(fleet[:40]):
        sandbox.set_sim(item["giccid"], usage=number * 7.0)
    sandbox.set_sim(fleet[50]["giccid"], status="SHINY")
    refresh(connected)
    sweep(connected)
    packages = ServicePackage.objects.values_list("account__name", "name", "data_quota_mb")
    quotas = {(account, name): quota or 0.0 for account, name, quota in packages}
    accounts = dict(Sim.objects.values_list("giccid", "account__name"))
    figures = fleet_figures(viewer, connected)
    total, statuses, near, expiring = by_hand(sandbox.fleet(), quotas, accounts)
    assert {part.status: part.count for part in figures.slices} == statuses
    assert (figures.total, figures.near_limit, figures.expiring) == (total, near, expiring)
    assert near > 5 and expiring > 0 and statuses["SHINY"] == 1


def test_they_cost_one_query_and_no_look_at_any_sim(
    viewer: User, sim: Sim, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1) as queries:
        fleet_figures(viewer, sim.enterprise)
    assert "sims_sim" not in queries[0]["sql"]


@pytest.mark.parametrize("person", ["viewer", "insider"])
def test_each_key_figure_equals_the_list_it_leads_to(
    person: str, viewer: User, sim: Sim, other_account: Account
) -> None:
    user = viewer if person == "viewer" else UserFactory(role="viewer", accounts=[sim.account])
    today = timezone.now().astimezone(UTC).date()
    for place in (sim.account, other_account):
        ServicePackageFactory(account=place, name="Small", data_quota_mb=10.0)
        for days in (-1, 0, 1, EXPIRING_DAYS, EXPIRING_DAYS + 1):
            for clock in (time.min, time(23, 59, 59)):
                ends = datetime.combine(today + timedelta(days=days), clock, tzinfo=UTC)
                SimFactory(account=place, package_ends_at=ends)
        SimFactory.create_batch(2, account=place, package_name="Small", data_used_mb=8.5)
        SimFactory(account=place, package_name="Small", data_used_mb=18.5)
        SimFactory(account=place, status="DEACTIVATED", missing_since=timezone.now())
    figures = fleet_figures(user, sim.enterprise)
    listed = {
        name: matching(user, sim.enterprise, SimFilter(query)).count()
        for name, query in {
            "expiring": {"expires": EXPIRING_DAYS},
            "near_limit": {"usage": "near"},
            "missing": {"fresh": "missing"},
            "suspended": {"status": "DEACTIVATED"},
            "total": {},
        }.items()
    }
    assert listed["expiring"] == 6 * (2 if person == "viewer" else 1)
    assert listed == {
        "expiring": figures.expiring,
        "near_limit": figures.near_limit,
        "missing": figures.missing,
        "suspended": figures.count(Status.DEACTIVATED),
        "total": figures.total,
    }


def test_known_statuses_come_in_the_order_of_a_sims_life_and_unknown_ones_last(
    account: Account, viewer: User
) -> None:
    for status in ("ZEBRA", "RETIRED", "ACTIVATED", "APE", "TEST_READY"):
        SimFactory(account=account, status=status)
    slices = fleet_figures(viewer, account.enterprise).slices
    assert [part.status for part in slices] == ["TEST_READY", "ACTIVATED", "RETIRED", "APE", "ZEBRA"]


def test_everyone_is_told_only_of_what_they_see(
    viewer: User, outsider: User, sim: Sim, other_account: Account, foreign_sim: Sim
) -> None:
    SimFactory(account=other_account, status="RETIRED")
    SimFactory(account=None, enterprise=sim.enterprise)
    Sim.objects.filter(pk=SimFactory(account=sim.account).pk).update(removed_at=timezone.now())
    assert fleet_figures(viewer, sim.enterprise).total == 3
    seen = fleet_figures(outsider, sim.enterprise)
    assert (seen.total, seen.count(Status.RETIRED), seen.count(Status.ACTIVATED)) == (1, 1, 0)


def test_an_empty_fleet_has_figures(enterprise: Enterprise, viewer: User) -> None:
    today = timezone.now().astimezone(UTC).date()
    assert fleet_figures(viewer, enterprise) == FleetFigures(0, [], 0, 0, today, {})


@pytest.mark.parametrize(("days", "expected"), [(-0.01, False), (0.01, True), (29.9, True), (30.1, False)])
def test_a_package_ends_soon_within_thirty_days(days: float, expected: bool) -> None:
    assert ends_soon(timezone.now() + timedelta(days=days)) is expected
    assert ends_soon(None) is False
