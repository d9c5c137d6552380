"""Tags and read-backs of many SIMs at once, from the bar above the list."""

import uuid

import pytest
from django.test import Client

from enterprise.models import Account
from sims import bulk_tags
from sims.models import Hint, Selection, Sim, SimTag, Tag
from staff.models import User
from tests import factories
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db


def act(browser: Client, path: str, account: Account, **values: object) -> str:
    """Sends the bar's form; what the next page says."""
    data = {"uid": str(uuid.uuid4()), "enterprise": account.enterprise_id, "query": ""} | values
    response = browser.post(path, data)
    assert response.status_code == 302
    return str(browser.get(response["Location"]).content.decode())


def tagged(name: str) -> set[Sim]:
    return set(Sim.objects.filter(tags__name=name))


def test_ticked_sims_get_a_tag_and_lose_it(operator: User, account: Account, sign_in: SignIn) -> None:
    sims = factories.SimFactory.create_batch(3, account=account)
    browser, ticked = sign_in(operator), [sims[0].giccid, sims[1].giccid]
    assert "2 SIMs were changed." in act(browser, "/sims/tag/", account, sim=ticked, tag="  Field   test ")
    assert tagged("Field test") == set(sims[:2])
    assert "1 SIM was changed." in act(
        browser, "/sims/tag/", account, sim=[sim.giccid for sim in sims], tag="FIELD TEST"
    )
    assert tagged("Field test") == set(sims)
    text = act(browser, "/sims/tag/", account, sim=ticked, tag="field test", remove="1")
    assert "2 SIMs were changed." in text
    assert tagged("Field test") == {sims[2]}
    assert Tag.objects.count() == 1


def test_a_selection_is_tagged_as_far_as_it_is_on_screen(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    retired = factories.SimFactory(account=account, status="RETIRED")
    factories.SimFactory(account=account)
    browser = sign_in(operator)
    act(browser, "/sims/select/", account, all="1")
    query = f"selection={Selection.objects.get().pk}&status=RETIRED"
    assert "1 SIM was changed." in act(browser, "/sims/tag/", account, query=query, tag="old")
    assert tagged("old") == {retired}


@pytest.mark.parametrize("query", ["", "status=ACTIVATED", "selection=nonsense", "selection=1&q=x"])
@pytest.mark.parametrize("path", ["/sims/tag/", "/sims/refresh/"])
def test_without_ticks_or_a_selection_nothing_is_changed(
    path: str, query: str, operator: User, sim: Sim, sign_in: SignIn
) -> None:
    text = act(sign_in(operator), path, sim.account, query=query, tag="x")
    assert "Tick SIMs first" in text
    assert not SimTag.objects.exists() and not Hint.objects.exists()


def test_another_persons_selection_changes_nothing(operator: User, sim: Sim, sign_in: SignIn) -> None:
    text = act(sign_in(operator), "/sims/tag/", sim.account, query=f"selection={uuid.uuid4()}", tag="x")
    assert "0 SIMs were changed." in text
    assert not SimTag.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\0b"])
def test_a_name_that_is_none_is_refused(name: str, operator: User, sim: Sim, sign_in: SignIn) -> None:
    text = act(sign_in(operator), "/sims/tag/", sim.account, sim=[sim.giccid], tag=name)
    assert "1 to 60 characters" in text
    assert not Tag.objects.exists()


def test_too_many_sims_are_refused_unchanged(
    operator: User, account: Account, sign_in: SignIn, monkeypatch
) -> None:
    sims = factories.SimFactory.create_batch(3, account=account)
    monkeypatch.setattr(bulk_tags, "MOST", 2)
    text = act(sign_in(operator), "/sims/tag/", account, sim=[sim.giccid for sim in sims], tag="x")
    assert "Split the selection" in text
    assert not SimTag.objects.exists()


def test_sims_a_person_does_not_see_are_left_alone(
    outsider: User, sim: Sim, foreign_sim: Sim, other_account: Account, sign_in: SignIn
) -> None:
    own = factories.SimFactory(account=other_account)
    ticked = [own.giccid, sim.giccid, foreign_sim.giccid]
    browser = sign_in(outsider)
    assert "1 SIM was changed." in act(browser, "/sims/tag/", other_account, sim=ticked, tag="mine")
    assert tagged("mine") == {own}
    act(browser, "/sims/refresh/", other_account, sim=ticked)
    assert list(Hint.objects.values_list("giccid", flat=True)) == [own.giccid]


def test_ticked_sims_are_hinted_to_be_read_back(operator: User, account: Account, sign_in: SignIn) -> None:
    sims = factories.SimFactory.create_batch(101, account=account)
    text = act(sign_in(operator), "/sims/refresh/", account, sim=[sim.giccid for sim in sims])
    assert "101 SIMs are being read from SmartHub (calls: 2)." in text
    assert Hint.objects.filter(reason="person").count() == 101


@pytest.mark.parametrize("path", ["/sims/tag/", "/sims/refresh/"])
def test_a_viewer_may_not(path: str, viewer: User, sim: Sim, sign_in: SignIn) -> None:
    data = {"uid": str(uuid.uuid4()), "enterprise": sim.enterprise_id, "sim": sim.giccid, "tag": "x"}
    browser = sign_in(viewer)
    assert browser.post(path, data).status_code == 403
    assert not SimTag.objects.exists() and not Hint.objects.exists()
    page = browser.get("/sims/").content.decode()
    assert "bulk_tag" not in page and "Refresh from SmartHub" not in page
