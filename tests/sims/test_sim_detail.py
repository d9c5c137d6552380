"""The page of one SIM, however odd its payload."""

from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Account
from sims.models import Sim
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory, sim_payload

pytestmark = pytest.mark.django_db
ODD: list[dict[str, Any]] = [
    {},
    {"status": "X"},
    {
        "deviceInfo": None,
        "apnList": None,
        "currentCycleAPNUsagesList": None,
        "currentBasicServicePackage": None,
    },
    {"deviceInfo": {}, "apnList": "x", "currentCycleAPNUsagesList": 7, "currentBasicServicePackage": [1]},
    {"deviceInfo": [None, 1, "x", [], {}], "apnList": [None, {}, 5], "currentCycleAPNUsagesList": [{}, "x"]},
    {"deviceInfo": [{"imsi": {"a": 1}, "msisdn": [1], "imei": 7}]},
    {"apnList": [{"apnName": ["x"], "apnStatus": {"a": 1}}, {"apnName": {"y": 1}}, {"apnName": None}]},
    {"currentCycleAPNUsagesList": [{"apn": ["x"], "dataUsage": "many"}, {"apn": {"y": 1}, "dataUsage": {}}]},
    {"currentCycleAPNUsagesList": [{"apn": "a", "dataUsage": 1e308}, {"apn": "a", "dataUsage": True}]},
    {"currentBasicServicePackage": {"name": 5, "startTime": 5, "endTime": []}},
    {"currentBasicServicePackage": {"startTime": "tomorrow", "endTime": "9999-12-31T23:59:59+0000"}},
    {"currentBasicServicePackage": {"startTime": "0001-01-01T00:00:00+0000"}},
    {"currentCycleUsages": {"dataUsage": -5, "smsUsage": 1e300}},
    {"<script>": "<script>alert(1)</script>", "giccid": "<b>"},
]


def page_of(sim: Sim, tab: str = "") -> str:
    return f"/sims/{sim.giccid}/{tab}"


def with_raw(account: Account, raw: dict[str, Any], **columns: Any) -> Sim:
    """A row whose payload another version of the portal may have let in."""
    sim = SimFactory(account=account)
    Sim.objects.filter(pk=sim.pk).update(raw=raw, **columns)
    return sim


@pytest.mark.parametrize("tab", ["", "raw/"])
@pytest.mark.parametrize("raw", ODD, ids=range(len(ODD)))
def test_no_payload_makes_the_page_fail(
    viewer: User, sign_in: SignIn, account: Account, raw: dict[str, Any], tab: str
) -> None:
    response = sign_in(viewer).get(page_of(with_raw(account, raw), tab))
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("value", [None, [], {}, 5, "x", True, [1, None, {"name": {}}, {"startTime": 5}]])
def test_no_supplementary_package_does_either(
    viewer: User, sign_in: SignIn, account: Account, value: Any
) -> None:
    sim = with_raw(account, {}, supplementary=value)
    assert sign_in(viewer).get(page_of(sim)).status_code == 200
    assert sign_in(viewer).get(page_of(sim, "raw/")).status_code == 200


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59+0000", "0001-01-01T00:00:00+0000"])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles"])
def test_times_at_the_ends_of_the_calendar_are_shown_in_every_zone(
    viewer: User, sign_in: SignIn, account: Account, text: str, zone: str
) -> None:
    package = {"name": "P", "startTime": text, "endTime": text}
    raw = sim_payload("77", sellTime=text, activatedTime=text, currentBasicServicePackage=package)
    sim = SimFactory(account=account, giccid="77", raw=raw)
    with timezone.override(zone):
        assert sign_in(viewer).get(page_of(sim)).status_code == 200
        assert sign_in(viewer).get("/sims/").status_code == 200


def test_the_page_shows_what_the_payload_tells(viewer: User, sign_in: SignIn, account: Account) -> None:
    raw = sim_payload("77", imsi="46001", package_name="Gold & Co")
    raw["currentCycleAPNUsagesList"] = [{"apn": "only.used", "dataUsage": 4}]
    raw["apnList"] = [{"apnName": "only.listed", "apnStatus": "AJAR"}]
    response = sign_in(viewer).get(page_of(SimFactory(account=account, giccid="77", raw=raw)))
    assert response.context["apns"] == [
        {"name": "only.listed", "status": "AJAR", "used_mb": None},
        {"name": "only.used", "status": None, "used_mb": 4},
    ]
    for text in ("46001", "only.used", "only.listed", "AJAR", "Home Account"):
        assert text in response.content.decode()


def test_the_raw_tab_shows_supplementary_packages_with_the_rest(
    viewer: User, sign_in: SignIn, account: Account
) -> None:
    sim = with_raw(account, {"giccid": "1", "名": "值"}, supplementary=[{"name": "Addon"}])
    payload = sign_in(viewer).get(page_of(sim, "raw/")).context["payload"]
    assert '"名": "值"' in payload
    assert '"currentSupplementaryServicePackages"' in payload and '"Addon"' in payload


def test_a_missing_sim_is_still_shown_and_says_so(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    Sim.objects.update(missing_since=timezone.now())
    assert "has not listed this SIM since" in sign_in(viewer).get(page_of(sim)).content.decode()


def test_a_sim_without_an_account_has_a_page(viewer: User, sign_in: SignIn, account: Account) -> None:
    sim = SimFactory(account=None, enterprise=account.enterprise)
    assert sign_in(viewer).get(page_of(sim)).status_code == 200


def test_freshness_is_that_of_the_row_or_of_its_accounts_last_sweep(
    viewer: User, sign_in: SignIn, sim: Sim
) -> None:
    assert sim.account is not None and sim.account.swept_at is not None
    older = sim.account.swept_at - (timezone.now() - sim.account.swept_at)
    Sim.objects.update(observed_at=older)
    assert sign_in(viewer).get(page_of(sim)).context["fresh_since"] == sim.account.swept_at
    Sim.objects.update(missing_since=timezone.now())
    assert sign_in(viewer).get(page_of(sim)).context["fresh_since"] == older


def test_a_stranger_learns_nothing(stranger: User, outsider: User, sign_in: SignIn, sim: Sim) -> None:
    for person in (stranger, outsider):
        for url in (page_of(sim), page_of(sim, "raw/"), "/sims/999/"):
            assert sign_in(person).get(url).status_code == 404
