"""What a list of SIMs can be asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Account, Enterprise
from sims import window
from sims.columns import SORTABLE
from sims.filters import SimFilter
from sims.matching import apply_filter
from sims.models import Sim
from sims.queries import in_order
from sims.window import Order, Place, find_window
from smarthub_client.times import format_time
from tests.factories import EPOCH, ServicePackageFactory, SimFactory, sim_payload

pytestmark = pytest.mark.django_db


def found(**query: Any) -> list[str]:
    """ICCIDs in the order of the list."""
    chosen = SimFilter(query)
    page = find_window(
        apply_filter(Sim.objects.all(), chosen), Order.of(chosen.order), size=500, number=1, known=None
    )
    rows = Sim.objects.in_bulk(page.ids)
    shown = [rows[pk].giccid for pk in page.ids]
    exported = in_order(apply_filter(Sim.objects.all(), chosen), chosen)
    assert [sim.giccid for sim in exported] == shown, "an export goes by the order of the list"
    return shown


_EMPTY = dict.fromkeys(
    ("activated_at", "package_ends_at", "account_name", "allowance_mb", "sold_at", "imei", "po")
) | {"label": ""}
_FILLED = {"allowance_mb": 10.0, "sold_at": EPOCH, "label": "Gate", "po": "PO-1", "package_ends_at": EPOCH}


def by_pages(sort: str, *, known: int | None, is_broad: bool = False) -> list[str]:
    """The whole list, five at a time: on by the place each page tells, and back again the same way."""
    sims, order = Sim.objects.all(), Order.of(sort)
    page = find_window(sims, order, size=5, number=1, known=known, is_broad=is_broad)
    pages = [page]
    while page.has_next:
        place = page.after and Place.read(str(page.after), order)
        page = find_window(
            sims, order, size=5, number=page.number + 1, place=place, known=known, is_broad=is_broad
        )
        pages.append(page)
    for earlier in pages[-2::-1]:
        place = page.before and Place.read(str(page.before), order)
        page = find_window(
            sims, order, size=5, number=page.number - 1, place=place, known=known, is_broad=is_broad
        )
        assert (page.ids, page.number) == (earlier.ids, earlier.number)
        assert page.has_next
    assert page.total in (known, None) or known is None
    return [Sim.objects.get(pk=pk).giccid for page in pages for pk in page.ids]


def by_numbers(sort: str) -> list[str]:
    """The same by page numbers alone: the later half is walked from the end."""
    pages = [
        find_window(Sim.objects.all(), Order.of(sort), size=5, number=number, known=12)
        for number in (1, 2, 3)
    ]
    assert [(page.has_previous, page.has_next) for page in pages] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    return [Sim.objects.get(pk=pk).giccid for page in pages for pk in page.ids]


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
        ({"usage": "none"}, ""),
        ({"usage_min": 10, "usage_max": 700}, "235"),
        ({"usage_max": 9}, "14"),
        ({"q": "1" * 3}, ""),
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
        ("q", "1"),
        ("q", "1 2"),
        ("usage_min", "-1"),
        ("usage_max", "NaN"),
        ("fresh", "1y"),
        ("selection", "1"),
        ("status", "x" * 41),
        ("account", "\0"),
    ],
)
def test_an_invalid_value_is_not_applied_but_shown(fleet: dict[str, Sim], name: str, value: str) -> None:
    assert found(**{name: value}) == list("12345")
    form = SimFilter({name: value})
    assert name not in form.active
    assert list(form.errors) == [name]
    assert form.size() == 50


def test_a_name_with_blanks_at_its_ends_can_be_chosen(enterprise: Enterprise, fleet: dict[str, Sim]) -> None:
    Account.objects.filter(name="Home Account").update(name=" Home ")
    assert found(account=" Home ") == ["1", "2", "5"]


@pytest.mark.parametrize("name", SORTABLE)
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_sort_is_stable_over_pages_and_puts_the_empty_last(
    account: Account, other_account: Account, name: str, sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        values: dict[str, Any] = {"status": "ACTIVATED", "data_used_mb": 5.0, "package_name": "P"}
        if number % 3 == 0:
            values |= {"package_name": None, "imsi": None, "msisdn": None}
        sim = SimFactory(account=other_account if number % 2 else account, giccid=f"{97 - number}", **values)
        if number % 3 == 0:
            Sim.objects.filter(pk=sim.pk).update(**_EMPTY, account=None)
        else:
            Sim.objects.filter(pk=sim.pk).update(**_FILLED)
    whole = found(sort=sign + name)
    for is_few in (True, False):
        monkeypatch.setattr(window, "FEW", 2000 if is_few else 3)
        assert by_pages(sign + name, known=None) == whole
        assert by_pages(sign + name, known=12) == whole
        assert by_pages(sign + name, known=None, is_broad=True) == whole
        assert by_numbers(sign + name) == whole
    empties = ["88", "91", "94", "97"]
    if SORTABLE[name].is_nullable:
        assert whole[-4:] == (empties[::-1] if sign else empties)
    if name in ("status", "data", "apn_state", "sms", "voice"):
        assert whole == sorted(whole, reverse=bool(sign))


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
    assert found(q=f"1{text}3") == []
    odd = sim_payload("9", deviceInfo=[{"imsi": f"A{text}B"}])
    SimFactory(account=account, giccid="9", raw=odd, imsi=f"A{text}B")
    assert found(q=f"A{text}B") == ["9"]
