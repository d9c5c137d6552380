"""The list of SIMs."""

import pytest

from enterprise.models import Account
from sims.models import Sim
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory

pytestmark = pytest.mark.django_db
URL = "/sims/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def sims(account: Account) -> list[Sim]:
    return [SimFactory(account=account, giccid=f"{number:019d}") for number in range(60)]


def test_a_page_holds_the_first_fifty_and_says_of_how_many(
    viewer: User, sign_in: SignIn, sims: list[Sim]
) -> None:
    response = sign_in(viewer).get(URL)
    assert response.status_code == 200
    assert [row["sim"].giccid for row in response.context["rows"]] == [sim.giccid for sim in sims[:50]]
    assert response.context["page"].total == 60
    assert b"<html" in response.content


def test_htmx_gets_the_fragment_the_page_is_made_of(viewer: User, sign_in: SignIn, sims: list[Sim]) -> None:
    response = sign_in(viewer).get(URL, headers=HTMX)
    assert response.status_code == 200
    assert b"<html" not in response.content
    assert response.content.strip().startswith(b'<div id="sims"')


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_a_boosted_request_and_the_history_get_the_page(
    viewer: User, sign_in: SignIn, sims: list[Sim], header: str
) -> None:
    response = sign_in(viewer).get(URL, headers={**HTMX, header: "true"})
    assert b"<html" in response.content


def test_caches_are_told_that_the_answer_depends_on_htmx(
    viewer: User, sign_in: SignIn, sims: list[Sim]
) -> None:
    for headers in ({}, HTMX):
        vary = sign_in(viewer).get(URL, headers=headers).headers["Vary"]
        for name in ("HX-Request", "HX-Boosted", "HX-History-Restore-Request", "Cookie"):
            assert name in vary


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("1", 1),
        ("2", 2),
        ("3", 2),
        ("99999999999999999999", 2),
        ("0", 1),
        ("-1", 1),
        ("x", 1),
        ("", 1),
        ("1.5", 1),
    ],
)
def test_a_page_out_of_range_gives_the_nearest_one(
    viewer: User, sign_in: SignIn, sims: list[Sim], page: str, shown: int
) -> None:
    response = sign_in(viewer).get(URL, {"page": page})
    assert response.status_code == 200
    assert response.context["page"].number == shown


@pytest.mark.parametrize(
    ("size", "rows"), [("25", 25), ("100", 60), ("7", 50), ("x", 50), ("0", 50), ("-5", 50)]
)
def test_a_page_size_nobody_offers_is_the_usual_one(
    viewer: User, sign_in: SignIn, sims: list[Sim], size: str, rows: int
) -> None:
    response = sign_in(viewer).get(URL, {"page_size": size})
    assert response.status_code == 200
    assert len(response.context["rows"]) == rows


def test_an_invalid_filter_is_shown_and_not_applied(viewer: User, sign_in: SignIn, sims: list[Sim]) -> None:
    response = sign_in(viewer).get(URL, {"expires": "soon", "status": "ACTIVATED"})
    assert response.status_code == 200
    assert response.context["page"].total == 60
    assert "was not understood" in response.content.decode()
    assert [chip["name"] for chip in response.context["chips"]] == ["status"]


def test_a_status_nobody_knows_can_be_filtered_and_stays_chosen(
    viewer: User, sign_in: SignIn, account: Account
) -> None:
    SimFactory(account=account, status="SHINY")
    response = sign_in(viewer).get(URL, {"status": "SHINY"})
    assert {"value": "SHINY", "label": "SHINY", "count": 1} in response.context["choices"]["status"]
    assert len(response.context["rows"]) == 1


def test_missing_sims_stay_listed_and_removed_ones_do_not(
    viewer: User, sign_in: SignIn, sims: list[Sim]
) -> None:
    Sim.objects.filter(pk__in=[sims[0].pk, sims[1].pk]).update(missing_since=sims[0].observed_at)
    Sim.objects.filter(pk=sims[0].pk).update(removed_at=sims[0].observed_at)
    assert sign_in(viewer).get(URL).context["page"].total == 59


def test_people_see_the_sims_of_their_accounts_only(
    outsider: User, stranger: User, sign_in: SignIn, sims: list[Sim], other_account: Account, foreign_sim: Sim
) -> None:
    mine = SimFactory(account=other_account)
    SimFactory(account=None, enterprise=other_account.enterprise)
    for person, expected in ((outsider, mine), (stranger, foreign_sim)):
        response = sign_in(person).get(URL)
        assert [row["sim"] for row in response.context["rows"]] == [expected]
        assert "Home Account" not in response.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_rows(
    viewer: User, sign_in: SignIn, sims: list[Sim], django_assert_max_num_queries: object
) -> None:
    browser = sign_in(viewer)
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        browser.get(URL, {"page_size": "500"})
