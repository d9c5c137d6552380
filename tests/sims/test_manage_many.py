"""Changes of many SIMs: from the bar above the list and from selections.

Aims at: `Choice.chosen` that always freezes anew (unknown ICCIDs lost), a form shown while the selection resolves.
"""

import re
import uuid

import pytest
from django.test import Client

from commands.models import Command, Plan
from enterprise.models import Account, Enterprise
from sims.models import Selection, Sim
from staff.models import User
from tests import factories
from tests.conftest import SignIn
from tests.desk_factories import SelectionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_a_sandbox(enterprise: Enterprise) -> None:
    enterprise.is_sandbox = True
    enterprise.save()


def start(browser: Client, account: Account, **values: object) -> str:
    """Presses a button of the bar's menu; the address it leads to."""
    data = {"uid": str(uuid.uuid4()), "enterprise": account.enterprise_id, "query": "", "kind": "suspend"}
    response = browser.post("/sims/change/", data | values)
    assert response.status_code == 302
    return str(response["Location"])


def send(browser: Client, address: str, **values: object) -> int:
    return browser.post(address, {"uid": str(uuid.uuid4()), "reason": ""} | values).status_code


def test_ticked_rows_become_a_selection_a_form_and_a_plan(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    sims = factories.SimFactory.create_batch(3, account=account, status="ACTIVATED")
    browser = sign_in(operator)
    address = start(browser, account, sim=[sims[0].giccid, sims[2].giccid])
    selection = Selection.objects.get()
    assert (selection.total, address) == (2, f"/sims/selections/{selection.pk}/change/?kind=suspend")
    assert "2 SIMs" in browser.get(address).content.decode()
    assert send(browser, address) == 302
    plan = Plan.objects.get()
    assert (plan.groups, plan.source) == ({"change": 2}, {"selection": str(selection.pk)})
    assert set(Command.objects.values_list("giccid", flat=True)) == {sims[0].giccid, sims[2].giccid}


def test_without_ticks_all_that_match_are_meant(operator: User, account: Account, sign_in: SignIn) -> None:
    factories.SimFactory.create_batch(2, account=account, status="ACTIVATED")
    factories.SimFactory(account=account, status="RETIRED")
    browser = sign_in(operator)
    send(browser, start(browser, account, query="status=ACTIVATED"))
    assert Plan.objects.get().groups == {"change": 2}


def test_a_pasted_list_keeps_its_unknown_iccids_in_the_plan(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    sim = factories.SimFactory(account=account, status="ACTIVATED")
    browser = sign_in(operator)
    unknown = [f"8999{n:016d}" for n in range(1500)]
    text = "\n".join([sim.giccid, "no digits", *unknown])
    browser.post("/sims/selections/new/", {"uid": str(uuid.uuid4()), "text": text})
    selection = Selection.objects.get()
    assert (selection.total, selection.problem_count, len(selection.problems)) == (1, 1501, 1501)
    address = start(browser, account, query=f"selection={selection.pk}")
    assert str(selection.pk) in address
    send(browser, address)
    assert Plan.objects.get().groups == {"change": 1, "unknown": 1500}


def test_another_filter_beside_the_selection_freezes_anew(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    for status in ("ACTIVATED", "RETIRED"):
        factories.SimFactory(account=account, status=status)
    browser = sign_in(operator)
    whole = start(browser, account)
    query = f"selection={Selection.objects.get().pk}&status=ACTIVATED"
    part = start(browser, account, query=query)
    assert part != whole
    assert sorted(Selection.objects.values_list("total", flat=True)) == [1, 2]


def test_a_selection_still_resolving_waits_and_goes_on_by_itself(
    operator: User, enterprise: Enterprise, sign_in: SignIn
) -> None:
    selection = SelectionFactory(owner=operator, enterprise=enterprise, state="resolving")
    browser, address = sign_in(operator), f"/sims/selections/{selection.pk}/change/?kind=suspend"
    text = browser.get(address).content.decode()
    assert 'hx-trigger="every 2s"' in text
    assert "Show the plan" not in text
    assert send(browser, address) == 200
    assert not Plan.objects.exists()
    Selection.objects.update(state="ready")
    text = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" not in text
    assert "Show the plan" in text
    Selection.objects.update(state="failed")
    assert "could not be made" in browser.get(address).content.decode()


@pytest.mark.parametrize("kind", ["", "?kind=", "?kind=explode", "?kind=%00"])
def test_an_unknown_kind_is_not_found(
    kind: str, operator: User, enterprise: Enterprise, sign_in: SignIn
) -> None:
    selection = SelectionFactory(owner=operator, enterprise=enterprise)
    assert sign_in(operator).get(f"/sims/selections/{selection.pk}/change/{kind}").status_code == 404
    data = {"uid": str(uuid.uuid4()), "enterprise": enterprise.pk, "query": "", "kind": kind[6:]}
    assert sign_in(operator).post("/sims/change/", data).status_code == 404


def test_the_selection_of_another_person_is_not_found(
    operator: User, approver: User, viewer: User, enterprise: Enterprise, sign_in: SignIn
) -> None:
    address = (
        f"/sims/selections/{SelectionFactory(owner=approver, enterprise=enterprise).pk}/change/?kind=suspend"
    )
    assert sign_in(operator).get(address).status_code == 404
    assert send(sign_in(operator), address) == 404
    assert sign_in(viewer).get(address).status_code == 403


def test_packages_are_the_union_of_the_accounts_concerned(
    operator: User, account: Account, other_account: Account, sign_in: SignIn
) -> None:
    for place, names in ((account, ("Both", "One")), (other_account, ("Both",))):
        for name in names:
            factories.ServicePackageFactory(account=place, name=name)
        factories.SimFactory(account=place, status="ACTIVATED")
    idle = factories.AccountFactory(enterprise=account.enterprise)
    factories.ServicePackageFactory(account=idle, name="Nobody here has it")
    browser = sign_in(operator)
    address = start(browser, account, kind="basic_plan")
    text = browser.get(address).content.decode()
    assert re.search(r">Both · 100 MB[^<]* · in 2 of 2 accounts<", text)
    assert re.search(r">One · 100 MB[^<]* · in 1 of 2 accounts<", text)
    assert "Nobody here has it" not in text
    assert send(browser, address, package="Nobody here has it") == 422
    assert send(browser, address, package="One") == 302
    assert Plan.objects.get().groups == {"change": 1, "not_allowed": 1}


def test_apns_of_many_are_typed_with_suggestions(operator: User, account: Account, sign_in: SignIn) -> None:
    sim = factories.SimFactory(account=account, status="ACTIVATED")
    sim.raw |= {"apnList": [{"apnName": "iot.cn", "apnStatus": "OPEN"}]}
    sim.save()
    browser = sign_in(operator)
    address = start(browser, account, kind="apn_status")
    assert '<option value="iot.cn">' in browser.get(address).content.decode()
    assert send(browser, address, apn="x" * 121, status="OPEN") == 422
    assert send(browser, address, apn="other", status="OPEN") == 302
    assert Plan.objects.get().groups == {"not_allowed": 1}


def test_the_page_of_a_selection_offers_changes_to_those_who_may(
    operator: User, viewer: User, enterprise: Enterprise, sign_in: SignIn
) -> None:
    for person, is_offered in ((operator, True), (viewer, False)):
        selection = SelectionFactory(owner=person, enterprise=enterprise, total=3)
        text = sign_in(person).get(f"/sims/selections/{selection.pk}/").content.decode()
        assert ("Change these SIMs" in text) is is_offered
        assert ('formaction="/sims/change/"' in sign_in(person).get("/sims/").content.decode()) is False


def test_the_bar_offers_changes_to_those_who_may(
    operator: User, viewer: User, sim: Sim, sign_in: SignIn
) -> None:
    assert 'formaction="/sims/change/"' in sign_in(operator).get("/sims/").content.decode()
    assert 'formaction="/sims/change/"' not in sign_in(viewer).get("/sims/").content.decode()
