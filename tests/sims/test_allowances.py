"""Allowances follow the packages as they were read last."""

import pytest

from enterprise.models import Enterprise
from sims.models import Rollup, Sim
from sims.rollups import drift
from tests.support.platform import ScriptedPlatform, answer, sims
from tests.support.sweeps import refresh, sweep

pytestmark = pytest.mark.django_db


def test_a_changed_quota_reaches_every_sim_of_the_package_with_the_reading(enterprise: Enterprise) -> None:
    fleet = sims(3)
    for item, used in zip(fleet, (10, 85, 120), strict=True):
        item["currentBasicServicePackage"] = {"name": "Basic"}
        item["currentCycleUsages"] = {"dataUsage": used}
    with ScriptedPlatform({"A": fleet}) as platform:
        sweep(enterprise)
        assert set(Sim.objects.values_list("allowance_mb", flat=True)) == {None}
        refresh(enterprise)
        assert set(Sim.objects.values_list("allowance_mb", flat=True)) == {100}
        usage = Rollup.objects.filter(dimension="usage", sims__gt=0).values_list("value", "sims")
        assert dict(usage) == {"some": 1, "near": 1, "over": 1}
        larger = answer({"data": [{"name": "Basic", "type": "BASIC", "dataQuota": 1000}]})
        platform.before = lambda asked: larger if asked.path.endswith("/servicePackages") else None
        refresh(enterprise)
    assert set(Sim.objects.values_list("allowance_mb", flat=True)) == {1000}
    assert not drift(enterprise.pk)
