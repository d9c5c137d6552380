"""The figures of the overview, against counting by hand."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Account, Enterprise, ServicePackage
from sims.models import Sim, Status
from sims.queries import FleetFigures, allowances, ends_soon, fleet_figures
from smarthub_client.times import parse_time
from staff.models import User
from tests.factories import SimFactory
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import refresh, sweep

pytestmark = pytest.mark.django_db


def by_hand(
    fleet: list[dict[str, Any]], quotas: dict[tuple[str, str], float], accounts: dict[str, str]
) -> Any:
    """Counts of list items, without the mirror's code."""
    soon, now = timezone.now() + timedelta(days=30), timezone.now()
    near = expiring = 0
    for item in fleet:
        package = item["currentBasicServicePackage"]
        if package is None:
            continue
        quota = quotas.get((accounts[item["giccid"]], package["name"]), 0)
        near += quota > 0 and item["currentCycleUsages"]["dataUsage"] >= 0.8 * quota
        expiring += package["endTime"] is not None and now <= parse_time(package["endTime"]) < soon
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


def test_they_cost_three_queries(viewer: User, sim: Sim, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        fleet_figures(viewer, sim.enterprise)


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
    assert fleet_figures(viewer, enterprise) == FleetFigures(0, [], 0, 0)


def test_an_allowance_belongs_to_an_account_and_a_package(sim: Sim) -> None:
    assert allowances(sim.enterprise) == {(sim.account_id, "IoT 100 MB"): 100.0}


@pytest.mark.parametrize(("days", "expected"), [(-0.01, False), (0.01, True), (29.9, True), (30.1, False)])
def test_a_package_ends_soon_within_thirty_days(days: float, expected: bool) -> None:
    assert ends_soon(timezone.now() + timedelta(days=days)) is expected
    assert ends_soon(None) is False
