"""How many SIMs match: told at once where rollups know, by a second look where the list did not wait."""

import pytest

from enterprise.models import Account
from sims import queries, rollups, window
from sims.filters import SimFilter
from sims.models import PurchaseOrder, Sim
from staff.models import User
from tests.conftest import SignIn
from tests.factories import ServicePackageFactory, SimFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sims(account: Account, other_account: Account) -> None:
    ServicePackageFactory(account=account)
    for number in range(12):
        SimFactory(
            account=account if number % 3 else other_account,
            status="ACTIVATED" if number % 4 else "RETIRED",
            data_used_mb=number * 12.0,
            package_ends_at=None,
        )
    SimFactory(account=None, enterprise=account.enterprise)


KNOWN = [
    {},
    {"status": "ACTIVATED"},
    {"status": "nothing"},
    {"account": "Home Account"},
    {"account": "nobody's"},
    {"account": "Other Account", "status": "RETIRED"},
    {"package": "IoT 100 MB"},
    {"package": "IoT 100 MB", "account": "Home Account"},
    {"apn_state": "OPEN"},
    {"usage": "near"},
    {"usage": "over"},
    {"usage": "over", "account": "Home Account"},
    {"expires": 30},
    {"fresh": "missing"},
]
UNKNOWN = [{"q": "8986"}, {"usage": "none"}, {"status": "ACTIVATED", "usage": "near"}, {"usage_min": 3}]


@pytest.mark.parametrize("query", KNOWN, ids=str)
@pytest.mark.parametrize("person", ["viewer", "outsider"])
def test_what_rollups_tell_equals_a_count(
    query: dict[str, object], person: str, sims: None, account: Account, request: pytest.FixtureRequest
) -> None:
    user, chosen = request.getfixturevalue(person), SimFilter(query)
    counted = queries.matching(user, account.enterprise, chosen).count()
    assert queries.known_total(user, account.enterprise, chosen) == counted
    assert rollups.drift(account.enterprise_id) == []


@pytest.mark.parametrize("query", UNKNOWN, ids=str)
def test_rollups_say_when_they_do_not_know(
    query: dict[str, object], viewer: User, sims: None, account: Account
) -> None:
    assert queries.known_total(viewer, account.enterprise, SimFilter(query)) is None


def test_a_long_list_does_not_wait_for_its_count(
    viewer: User, sign_in: SignIn, sims: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "FEW", 5)
    SimFactory.create_batch(20, account=Account.objects.get(name="Home Account"))
    browser = sign_in(viewer)
    page = browser.get("/sims/?q=8986&page_size=25")
    assert page.context["page"].total is None
    assert 'hx-get="/sims/count/?q=8986&amp;page_size=25"' in page.content.decode()
    assert "33 SIMs" in browser.get("/sims/count/?q=8986").content.decode()


def test_a_count_that_takes_too_long_is_given_up(
    viewer: User, sign_in: SignIn, sims: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "pg_sleep(0.2) IS NOT NULL"
    monkeypatch.setattr(queries, "COUNT_MS", 50)
    monkeypatch.setattr(queries, "matching", lambda *_args: Sim.objects.extra(where=[slow]))
    assert "More than 300 SIMs" in sign_in(viewer).get("/sims/count/?q=8986").content.decode()


def test_a_po_nobody_asked_for_is_offered_to_those_who_may_ask(
    viewer: User, operator: User, sign_in: SignIn, sim: Sim
) -> None:
    offer = "The portal does not know the PO “PO-7” yet."
    for person, may in ((viewer, False), (operator, True)):
        body = sign_in(person).get("/sims/?po=PO-7").content.decode()
        assert offer in body
        assert ('action="/sims/po/"' in body) is may
    assert sign_in(viewer).post("/sims/po/", {"po": "PO-7"}).status_code == 403
    assert not PurchaseOrder.objects.exists()
    browser = sign_in(operator)
    for _click in range(2):
        browser.post("/sims/po/", {"po": "PO-7", "next": "/sims/?po=PO-7"})
    assert PurchaseOrder.objects.get().name == "PO-7"
    assert offer not in browser.get("/sims/?po=PO-7").content.decode()


def test_people_limited_to_accounts_are_offered_no_orders_of_others(
    viewer: User, outsider: User, sign_in: SignIn, sim: Sim
) -> None:
    PurchaseOrder.objects.create(enterprise=sim.enterprise, name="PO-SECRET")
    assert "PO-SECRET" in sign_in(viewer).get("/sims/").content.decode()
    assert "PO-SECRET" not in sign_in(outsider).get("/sims/").content.decode()


def test_a_short_search_in_a_large_fleet_is_walked_at_once(
    viewer: User, sign_in: SignIn, sims: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def spy(*args: object, is_broad: bool, **more: object) -> window.Window:
        asked.append(is_broad)
        return window.find_window(*args, is_broad=is_broad, **more)

    monkeypatch.setattr(queries, "find_window", spy)
    monkeypatch.setattr(queries, "LARGE_FLEET", 12)
    browser = sign_in(viewer)
    assert browser.get("/sims/?q=8986").context["page"].total == 13
    assert browser.get("/sims/?q=8986&page_size=25&sort=-data").context["page"].total == 13
    for query in ("q=89860", "q=8986&status=ACTIVATED", "q=gate", "status=ACTIVATED", ""):
        browser.get(f"/sims/?{query}")
    assert asked == [True, True, False, False, False, False, False]
