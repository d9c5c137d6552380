"""Saved views: what is on screen, under a name."""

import pytest
from django.test import Client

from enterprise.models import Account
from sims.models import SavedView, Sim
from staff.models import User
from tests.conftest import SignIn
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
URL = "/sims/views/"


def save(browser: Client, name: str = "Mine", query: str = "status=ACTIVATED&sort=-data", **more: str) -> str:
    """The address of the view."""
    return str(
        browser.post(URL, {"name": name, "query": query, "columns": "giccid,imei", **more})["Location"]
    )


def test_a_view_leads_to_the_list_as_it_was(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    browser = sign_in(viewer)
    address = save(browser)
    page = browser.get(address, follow=True)
    assert page.redirect_chain[-1][0].startswith(
        "/sims/?status=ACTIVATED&sort=-data&columns=giccid%2Cimei&view="
    )
    assert page.context["view"].name == "Mine"
    assert page.context["filter"].active == {"status": "ACTIVATED"}
    assert [head["column"].name for head in page.context["shown"]] == ["giccid", "imei"]


def test_a_name_used_again_is_saved_over(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    browser = sign_in(viewer)
    assert save(browser) == save(browser, query="status=RETIRED", is_shared="on")
    view = SavedView.objects.get()
    assert view.query.startswith("status=RETIRED")
    assert view.is_shared


def test_only_what_a_list_can_be_asked_for_is_kept(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    save(sign_in(viewer), query="status=ACTIVATED&page=9&at=x&nonsense=1&usage=far&selection=1&expires=x")
    assert SavedView.objects.get().query == "status=ACTIVATED&columns=giccid%2Cimei"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\0b"])
def test_a_view_needs_a_name(viewer: User, sign_in: SignIn, sim: Sim, name: str) -> None:
    assert sign_in(viewer).post(URL, {"name": name, "next": "/sims/?q=123"})["Location"] == "/sims/?q=123"
    assert not SavedView.objects.exists()


def test_a_view_too_long_for_an_address_is_refused(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    sign_in(viewer).post(URL, {"name": "Long", "query": "account=" + "%E5%8D%A1" * 390})
    assert not SavedView.objects.exists()


def test_others_see_a_view_only_when_it_is_shared_and_never_delete_it(
    viewer: User, operator: User, sign_in: SignIn, sim: Sim
) -> None:
    own, shared = save(sign_in(viewer), "Own"), save(sign_in(viewer), "Shared", is_shared="on")
    browser = sign_in(operator)
    assert [view.name for view in browser.get("/sims/").context["views"]] == ["Shared"]
    assert browser.get(own).status_code == 404
    assert browser.get(shared).status_code == 302
    assert browser.post(f"{shared}delete/").status_code == 404
    assert SavedView.objects.count() == 2


def test_ones_own_view_can_be_deleted(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    browser = sign_in(viewer)
    assert browser.post(f"{save(browser)}delete/")["Location"] == "/sims/"
    assert not SavedView.objects.exists()


def test_limited_people_share_views_with_peers_only(
    viewer: User, outsider: User, sign_in: SignIn, sim: Sim, account: Account, other_account: Account
) -> None:
    """A shared view may name an account, in its filters or in its name."""
    peer = UserFactory(role="viewer", accounts=[other_account])
    elsewhere = UserFactory(role="viewer", accounts=[account, other_account])
    nowhere = UserFactory(role="viewer", accounts=[])
    for person, name in ((viewer, "Of all"), (peer, "Peer"), (elsewhere, "Wider")):
        save(sign_in(person), name, is_shared="on")
    SavedView.objects.create(enterprise=sim.enterprise, owner=nowhere, name="Nobody", is_shared=True)
    assert {view.name for view in sign_in(outsider).get("/sims/").context["views"]} == {"Peer"}
    assert {view.name for view in sign_in(viewer).get("/sims/").context["views"]} == {
        "Nobody",
        "Of all",
        "Peer",
        "Wider",
    }


def test_a_view_belongs_to_its_enterprise(viewer: User, sign_in: SignIn, sim: Sim, foreign_sim: Sim) -> None:
    browser = sign_in(viewer)
    address = save(browser)
    browser.post("/enterprise/choose/", {"enterprise": foreign_sim.enterprise_id})
    assert browser.get(address).status_code == 404
    assert list(browser.get("/sims/").context["views"]) == []
