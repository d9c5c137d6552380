"""What a list of SIMs can be asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Account, Enterprise
from sims.filters import SORTS, SimFilter, apply_filter
from sims.models import Sim
from smarthub_client.times import format_time
from tests.factories import ServicePackageFactory, SimFactory, sim_payload

pytestmark = pytest.mark.django_db


def found(**query: Any) -> list[str]:
    """ICCIDs in the order of the list."""
    return [sim.giccid for sim in apply_filter(Sim.objects.all(), SimFilter(query))]


@pytest.fixture
def fleet(account: Account, other_account: Account) -> dict[str, Sim]:
    ServicePackageFactory(account=account, name="Small", data_quota_mb=10.0)
    ServicePackageFactory(account=other_account, name="Small", data_quota_mb=1000.0)
    ends = format_time(timezone.now() + timedelta(days=3))
    package = {"name": "Small", "startTime": ends, "endTime": ends}
    make = {
        "1": {"account": account, "status": "ACTIVATED", "package_name": "Small", "data_used_mb": 9.0},
        "2": {"account": account, "status": "RETIRED", "package_name": "Small", "data_used_mb": 10.0},
        "3": {
            "account": other_account,
            "status": "ACTIVATED",
            "package_name": "Small",
            "data_used_mb": 700.0,
        },
        "4": {"account": other_account, "status": "ACTIVATED", "package_name": None, "data_used_mb": 1.0},
    }
    sims = {giccid: SimFactory(giccid=giccid, **values) for giccid, values in make.items()}
    closed = sim_payload(
        "5", apnList=[{"apnName": "x", "apnStatus": "CLOSED"}], currentBasicServicePackage=package
    )
    sims["5"] = SimFactory(account=account, giccid="5", raw=closed, status="SHINY", package_name="Small")
    return sims


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "12345"),
        ({"status": "ACTIVATED"}, "134"),
        ({"status": "SHINY"}, "5"),
        ({"status": "activated"}, ""),
        ({"account": "Home Account"}, "125"),
        ({"account": "Nobody's"}, ""),
        ({"package": "Small"}, "1235"),
        ({"apn_state": "CLOSED"}, "5"),
        ({"apn_state": "OPEN"}, "1234"),
        ({"usage": "near"}, "125"),
        ({"usage": "over"}, "25"),
        ({"expires": 3}, "5"),
        ({"expires": 2}, ""),
        ({"status": "ACTIVATED", "account": "Other Account", "package": "Small"}, "3"),
        ({"usage": "near", "status": "ACTIVATED", "q": "1"}, "1"),
        ({"usage": "over", "apn_state": "OPEN", "sort": "-giccid"}, "2"),
    ],
)
def test_each_filter_and_several_together(
    fleet: dict[str, Sim], query: dict[str, Any], expected: str
) -> None:
    assert "".join(found(**query)) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("apn_state", "AJAR"),
        ("usage", "far"),
        ("expires", "soon"),
        ("expires", "0"),
        ("expires", "-1"),
        ("expires", "99999999999999999999"),
        ("sort", "raw"),
        ("sort", "--giccid"),
        ("page_size", "7"),
        ("page_size", "many"),
        ("q", "x" * 201),
        ("q", "a\0b"),
        ("status", "x" * 41),
        ("account", "\0"),
    ],
)
def test_an_invalid_value_is_not_applied_but_shown(fleet: dict[str, Sim], name: str, value: str) -> None:
    assert found(**{name: value}) == list("12345")
    form = SimFilter({name: value})
    assert name not in form.active
    assert list(form.errors) == [name]
    assert form.size == 50


def test_a_name_with_blanks_at_its_ends_can_be_chosen(enterprise: Enterprise, fleet: dict[str, Sim]) -> None:
    Account.objects.filter(name="Home Account").update(name=" Home ")
    assert found(account=" Home ") == ["1", "2", "5"]


@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_sort_is_stable_over_pages_and_puts_the_empty_last(
    account: Account, other_account: Account, name: str, sign: str
) -> None:
    for number in range(12):
        values: dict[str, Any] = {"status": "ACTIVATED", "data_used_mb": 5.0, "package_name": "P"}
        if number % 3 == 0:
            values |= {"package_name": None, "imsi": None, "msisdn": None}
        sim = SimFactory(account=other_account if number % 2 else account, giccid=f"{97 - number}", **values)
        if number % 3 == 0:
            Sim.objects.filter(pk=sim.pk).update(activated_at=None, package_ends_at=None, account=None)
    whole = found(sort=sign + name)
    listed = apply_filter(Sim.objects.all(), SimFilter({"sort": sign + name}))
    assert [sim.giccid for start in range(0, 12, 5) for sim in listed[start : start + 5]] == whole
    if name not in ("giccid", "status", "data"):
        assert whole[-4:] == ["88", "91", "94", "97"]
    if name in ("status", "data"):
        assert whole == sorted(whole)


def test_sorting_goes_by_the_value(fleet: dict[str, Sim]) -> None:
    assert found(sort="data") == ["4", "1", "2", "5", "3"]
    assert found(sort="-data") == ["3", "5", "2", "1", "4"]


def test_search_finds_any_part_of_any_identity_of_any_device(account: Account) -> None:
    devices = [
        {"imsi": "460011234567890", "msisdn": "8613800001111", "imei": "356938035643809"},
        {"imsi": "310260999999999", "msisdn": "14155550100", "imei": "AB-12"},
    ]
    SimFactory(account=account, giccid="1", raw=sim_payload("1", deviceInfo=devices))
    SimFactory(account=account, giccid="8931" + "0" * 15)
    for text in (
        "1234567",
        "8000011",
        "56938",
        "99999",
        "5550",
        "ab-12",
        " AB-12 ",
        "4600 5550",
        "5550\t4600",
    ):
        assert found(q=text) == ["1"], text
    assert found(q="8931") == ["8931" + "0" * 15]
    assert found(q="460011 8931") == []
    assert found(q="   ") == ["1", "8931" + "0" * 15]


@pytest.mark.parametrize("text", ["%", "_", "\\", "%%", "1_3", "\\%", "'", '"', ";--", "{}", "%s"])
def test_search_takes_every_sign_literally(account: Account, text: str) -> None:
    SimFactory(account=account, giccid="123")
    assert found(q=text) == []
    odd = sim_payload("9", deviceInfo=[{"imsi": f"A{text}B"}])
    SimFactory(account=account, giccid="9", raw=odd, imsi=f"A{text}B")
    assert found(q=text) == ["9"]
