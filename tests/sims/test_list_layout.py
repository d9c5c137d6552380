"""Columns, density and rows a page, kept for each person."""

import pytest

from sims.columns import COLUMNS, USUAL
from sims.models import ListLayout, Sim
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory

pytestmark = pytest.mark.django_db
URL = "/sims/layout/"


def columns_of(browser: object, query: str = "") -> list[str]:
    response = browser.get(f"/sims/{query}")  # type: ignore[attr-defined]
    return [head["column"].name for head in response.context["shown"]]


def test_the_usual_columns_are_shown_until_somebody_chooses(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    assert columns_of(sign_in(viewer)) == list(USUAL)


def test_a_layout_is_kept_for_the_person_and_nobody_else(
    viewer: User, operator: User, sign_in: SignIn, sim: Sim
) -> None:
    SimFactory.create_batch(30, account=sim.account)
    browser = sign_in(viewer)
    kept = {"column": ["imei", "tags", "seen"], "density": "compact", "page_size": "25"}
    assert (
        browser.post(URL, kept | {"next": "/sims/?status=ACTIVATED"})["Location"] == "/sims/?status=ACTIVATED"
    )
    assert columns_of(browser) == ["giccid", "imei", "tags", "seen"]
    page = browser.get("/sims/")
    assert len(page.context["rows"]) == 25
    assert 'class="list-page many-columns dense"' in page.content.decode()
    assert columns_of(sign_in(operator)) == list(USUAL)


def test_the_address_beats_what_was_kept(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    browser = sign_in(viewer)
    browser.post(URL, {"column": ["imei"], "page_size": "25"})
    assert columns_of(browser, "?columns=msisdn,nonsense") == ["giccid", "msisdn"]
    assert browser.get("/sims/?page_size=100").context["page_size"] == 100


def test_nonsense_becomes_the_usual(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    browser = sign_in(viewer)
    nonsense = {"column": "raw", "density": "cosy", "page_size": "7", "next": "https://evil.example/"}
    assert browser.post(URL, nonsense)["Location"] == "/sims/"
    layout = ListLayout.objects.get(user=viewer)
    assert (layout.columns, layout.density, layout.page_size) == ([], "comfortable", 50)


def test_every_column_can_be_shown_of_a_sim_without_anything(
    viewer: User, sign_in: SignIn, sim: Sim, account: object
) -> None:
    SimFactory(account=None, enterprise=sim.enterprise, package_name=None, imsi=None, msisdn=None, imei=None)
    page = sign_in(viewer).get(f"/sims/?columns={','.join(COLUMNS)}")
    assert page.status_code == 200
    assert [head["column"].name for head in page.context["shown"]] == list(COLUMNS)
    assert all(row["cells"].count("<td") == len(COLUMNS) - 1 for row in page.context["rows"])


def test_what_staff_and_platform_write_is_text_in_a_cell(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    Sim.objects.filter(pk=sim.pk).update(label="<b>x</b>", account_name="<i>", po="<u>", package_name='"><s>')
    body = sign_in(viewer).get("/sims/?columns=label,account,po,package").content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in body
    for tag in ("<b>x", "<i>", "<u>", "<s>"):
        assert tag not in body
