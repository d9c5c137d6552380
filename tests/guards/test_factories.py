"""Factories write what the portal writes: a factory that drifts would make other tests prove nothing."""

import json

import pytest
from django.utils import timezone

from enterprise.specs import ACCOUNT, PACKAGE, SHARE_POOL
from mirror.apply import Origin, apply
from sims.spec import SIM
from tests import factories

pytestmark = pytest.mark.django_db


def _apply_again(spec, row, scope):
    return apply(spec, [row.raw], Origin(row.enterprise_id, "sweep", timezone.now(), scope))


def test_a_sim_applied_again_counts_as_unchanged():
    sim = factories.SimFactory(status="RETIRED", data_used_mb=99.5)
    applied = _apply_again(SIM, sim, {"account_id": sim.account_id})
    assert (applied.unchanged, applied.created, applied.changed, applied.rejected) == (1, 0, 0, 0)


def test_a_sim_without_an_account_applied_again_counts_as_unchanged():
    sim = factories.SimFactory(account=None, enterprise=factories.EnterpriseFactory())
    assert _apply_again(SIM, sim, {"account_id": None}).unchanged == 1


def test_an_account_applied_again_counts_as_unchanged():
    assert _apply_again(ACCOUNT, factories.AccountFactory(), {}).unchanged == 1


def test_a_package_applied_again_counts_as_unchanged():
    package = factories.ServicePackageFactory(data_quota_mb=5.0)
    assert _apply_again(PACKAGE, package, {"account_id": package.account_id}).unchanged == 1


def test_a_share_pool_applied_again_counts_as_unchanged():
    pool = factories.SharePoolFactory()
    assert _apply_again(SHARE_POOL, pool, {"account_id": pool.account_id}).unchanged == 1
    pool.refresh_from_db()
    assert (pool.used_share, pool.remaining_mb, pool.account_name) == (0.5, 500, pool.account.name)


def test_columns_and_payload_of_a_sim_agree():
    sim = factories.SimFactory(
        status="INVENTORY", imsi="460040000000077", package_name="Plan", data_used_mb=7
    )
    sim.refresh_from_db()
    assert sim.raw["status"] == sim.status == "INVENTORY"
    assert sim.raw["currentBasicServicePackage"]["name"] == sim.package_name == "Plan"
    assert sim.raw["deviceInfo"][0]["imsi"] == sim.imsi
    assert sim.imsi in sim.search_text
    assert sim.raw["currentCycleUsages"]["dataUsage"] == sim.data_used_mb == 7
    json.dumps(sim.raw)


def test_a_sim_cannot_get_the_account_of_another_enterprise():
    with pytest.raises(ValueError, match="another enterprise"):
        factories.SimFactory(account=factories.AccountFactory(), enterprise=factories.EnterpriseFactory())


def test_an_enterprise_reveals_the_keys_it_was_given():
    enterprise = factories.EnterpriseFactory(api_key="one", push_key="")
    enterprise.refresh_from_db()
    assert (enterprise.reveal("api_key"), enterprise.reveal("push_key")) == ("one", "")


def test_the_cast_is_what_it_says(viewer, operator, approver, admin, nobody, stranger, outsider, enterprise):
    roles = {
        user.username: [group.name for group in user.groups.all()] for user in (viewer, operator, approver)
    }
    assert roles == {"viewer": ["viewer"], "operator": ["operator"], "approver": ["approver"]}
    assert not nobody.groups.exists()
    assert [grant.account.enterprise.name for grant in stranger.account_grants.all()] == [
        "Foreign Enterprise"
    ]
    assert [grant.account.enterprise for grant in outsider.account_grants.all()] == [enterprise]
    assert not stranger.sees_all_accounts
    assert not outsider.sees_all_accounts
    assert admin.is_superuser
