"""Rollups, usage by day and versions are right after any sequence of writes, compared with a model in plain Python.

Seen red: each trigger dropped in turn (`test_a_dropped_trigger_is_noticed` does it on every run).
"""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from enterprise.models import Account, Enterprise
from mirror.apply import Origin, apply
from sims.models import AccountDay, Rollup, Sim, SimDay, SimVersion
from sims.rollups import drift
from sims.spec import SIM
from tests.factories import AccountFactory, ServicePackageFactory

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 22, tzinfo=UTC)
STATUSES = ("ACTIVATED", "DEACTIVATED", "RETIRED", "SHINY")


@dataclass
class Expected:
    """What the tables should hold, told by the writes alone."""

    rows: dict[str, tuple[int | None, dict[str, Any]]] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    versions: Counter[str] = field(default_factory=Counter)
    days: dict[tuple[str, Any], float] = field(default_factory=dict)
    used: defaultdict[tuple[int, Any], float] = field(default_factory=lambda: defaultdict(float))

    def write(self, account: int | None, payload: dict[str, Any], at: datetime) -> None:
        giccid, data = payload["giccid"], payload["currentCycleUsages"]["dataUsage"]
        before = self.rows.get(giccid)
        self.rows[giccid] = (account, payload)
        self.removed.discard(giccid)
        if before is None:
            if data > 0:
                self.days[giccid, at.date()] = data
            return
        old = before[1]["currentCycleUsages"]["dataUsage"]
        if without_usage(before[1]) != without_usage(payload):
            self.versions[giccid] += 1
        if old != data:
            self.days[giccid, at.date()] = data
            self.used[account or 0, at.date()] += grown(old, data)


def without_usage(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != "currentCycleUsages"}


def grown(old: float, new: float) -> float:
    """More than before counts as the difference; less than half of it is a new cycle; else it is a correction."""
    if new >= old:
        return new - old
    return new if new < old / 2 else 0


def payload(chance: random.Random, giccid: str) -> dict[str, Any]:
    package = chance.choice(
        [None, {"name": "P", "endTime": f"2026-0{chance.randint(4, 6)}-01T00:00:00+0000"}]
    )
    return {
        "giccid": giccid,
        "status": chance.choice(STATUSES),
        "currentBasicServicePackage": package,
        "currentCycleUsages": {"dataUsage": float(chance.choice([0, 0, 5, 40, 80, 99, 150]))},
        "apnList": [{"apnName": "a", "apnStatus": chance.choice(["OPEN", "CLOSED"])}] * chance.randint(0, 1),
    }


def play(seed: int, enterprise: Enterprise, accounts: list[int | None], steps: int = 25) -> Expected:
    """Random writes: pages through the door, labels, marks, tombstones, quotas."""
    chance, expected, at = random.Random(seed), Expected(), START
    for _ in range(steps):
        at += timedelta(hours=chance.randint(1, 9))
        act = chance.random()
        known = sorted(expected.rows)
        if act < 0.65 or not known:
            giccids = chance.sample([f"{number:019d}" for number in range(30)], chance.randint(1, 12))
            account = chance.choice(accounts)
            page = [payload(chance, giccid) for giccid in giccids]
            apply(SIM, page, Origin(enterprise.pk, "sweep", at, {"account_id": account}))
            for item in page:
                expected.write(account, item, at)
        elif act < 0.75:
            Sim.objects.filter(giccid__in=chance.sample(known, len(known) // 2)).update(label=str(seed))
        elif act < 0.85:
            Sim.objects.filter(giccid__in=chance.sample(known, len(known) // 3)).update(
                missing_since=at, missed_sweeps=2
            )
        else:
            gone = chance.sample(known, len(known) // 4)
            Sim.objects.filter(giccid__in=gone).update(missing_since=at, removed_at=at)
            expected.removed |= set(gone)
    return expected


def problems(enterprise: Enterprise, expected: Expected) -> list[str]:
    """Names of what differs."""
    found = ["rollups"] if drift(enterprise.pk) else []
    counted = Counter(
        (account or 0, item["status"])
        for giccid, (account, item) in expected.rows.items()
        if giccid not in expected.removed
    )
    kept = Rollup.objects.filter(enterprise=enterprise, dimension="status", sims__gt=0)
    if {(row.account_id, row.value): row.sims for row in kept} != counted:
        found.append("rollups by hand")
    versions = Counter(SimVersion.objects.values_list("sim__giccid", flat=True))
    found += ["versions"] if versions != +expected.versions else []
    days = {(row.sim.giccid, row.day): row.data_mb for row in SimDay.objects.select_related("sim")}
    found += ["days"] if days != expected.days else []
    used = {
        (row.account_id, row.day): row.data_mb for row in AccountDay.objects.filter(enterprise=enterprise)
    }
    wanted = {key: value for key, value in expected.used.items() if value}
    found += ["account days"] if {key: value for key, value in used.items() if value} != wanted else []
    return found


@pytest.fixture
def accounts(enterprise: Enterprise) -> list[int | None]:
    made: list[Account] = [AccountFactory(enterprise=enterprise) for _ in range(2)]
    for account in made:
        ServicePackageFactory(account=account, name="P", data_quota_mb=100.0)
    return [None, *(account.pk for account in made)]


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_writes_leaves_everything_right(
    enterprise: Enterprise, accounts: list[int | None], seed: int
) -> None:
    expected = play(seed, enterprise, accounts)
    assert problems(enterprise, expected) == []
    assert expected.versions and expected.used and expected.removed


def without(trigger: str) -> None:
    """Until the test's transaction is undone."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE sims_sim DISABLE TRIGGER {trigger}")


@pytest.mark.parametrize(
    ("trigger", "noticed"),
    [
        ("sims_sim_came", {"rollups", "days"}),
        ("sims_sim_changed", {"rollups", "versions", "days", "account days"}),
    ],
)
def test_a_dropped_trigger_is_noticed(
    enterprise: Enterprise, accounts: list[int | None], trigger: str, noticed: set[str]
) -> None:
    without(trigger)
    assert noticed <= set(problems(enterprise, play(1, enterprise, accounts)))


def test_a_removed_row_is_counted_down(enterprise: Enterprise, accounts: list[int | None]) -> None:
    play(3, enterprise, accounts)
    Sim.objects.filter(status="ACTIVATED").delete()
    assert not drift(enterprise.pk)
    without("sims_sim_went")
    Sim.objects.all().delete()
    assert drift(enterprise.pk)
