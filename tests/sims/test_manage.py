"""Where a change to one SIM begins: what the menu offers, what the form asks for, and the plan it ends in.

Aims at: `why_not` without the protection, `FROM_STATES` without its look at the status, `params` that send every empty
custom field, a view without its permission.
"""

import uuid

import pytest
from django.test import Client

from commands.kinds import changing_kinds, kind_named
from commands.models import Command, Group, Plan, State
from enterprise.models import Account, Enterprise
from sims import manage
from sims.models import Sim
from staff.models import User
from tests import factories
from tests.command_factories import ProtectionFactory
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "sheet_body"}
LONG = "超长套餐名称" * 66 + "-30M"


@pytest.fixture(autouse=True)
def _on_a_sandbox(request: pytest.FixtureRequest) -> None:
    """Where every change is allowed."""
    if "enterprise" in request.fixturenames:
        enterprise: Enterprise = request.getfixturevalue("enterprise")
        enterprise.is_sandbox = True
        enterprise.save()


def blocked(sim: Sim) -> set[str]:
    return {kind.name for kind in changing_kinds() if manage.why_not(sim, kind, None)}


def send(browser: Client, sim: Sim, kind: str, **values: object) -> "tuple[int, str]":
    """The form as a browser sends it; status and text of the answer."""
    data = {"uid": str(uuid.uuid4()), "reason": "Moved"} | values
    response = browser.post(f"/sims/{sim.giccid}/manage/{kind}/", data)
    return response.status_code, response.content.decode()


# --- what the menu offers


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("ACTIVATED", {"activate"}),
        ("DEACTIVATED", {"suspend"}),
        ("INVENTORY", {"suspend", "retire"}),
        ("TEST_READY", {"suspend", "retire"}),
        ("ACTIVATE_READY", {"suspend", "retire"}),
        ("FROZEN_BY_REGULATOR", {"activate", "suspend", "retire"}),
        (
            "RETIRED",
            {"activate", "suspend", "retire", "basic_plan", "supplementary_plan", "apn_status"},
        ),
    ],
)
def test_what_is_not_possible_from_a_state_is_said(status: str, expected: set[str], account: Account) -> None:
    sim = factories.SimFactory(account=account, status=status, apn_state="OPEN")
    assert blocked(sim) == expected


def test_a_sim_without_an_apn_has_none_to_open(account: Account) -> None:
    sim = factories.SimFactory(account=account, status="ACTIVATED")
    sim.apn_state = "NONE"
    assert manage.why_not(sim, kind_named("apn_status"), None) == "This SIM has no APN."


def test_a_protected_or_removed_sim_offers_nothing(sim: Sim) -> None:
    shield = ProtectionFactory(sim=sim, reason="Ambulance")
    reasons = {offer.blocked for offer in manage.offers(sim, shield)}
    assert reasons == {"Protected: Ambulance"}
    sim.removed_at = sim.observed_at
    assert {offer.blocked for offer in manage.offers(sim, None)} == {"It was removed from the lists."}


def test_what_smarthub_does_not_document_is_shown_with_what_to_do(
    sim: Sim, operator: User, sign_in: SignIn
) -> None:
    sim.enterprise.is_sandbox = False
    sim.enterprise.save()
    text = sign_in(operator).get(f"/sims/{sim.giccid}/").content.decode()
    assert "An administrator can confirm it in the rules for changes." in text
    assert f"/sims/{sim.giccid}/manage/basic_plan/" not in text
    assert f"/sims/{sim.giccid}/manage/custom_fields/" in text


def test_a_viewer_sees_no_menu(sim: Sim, viewer: User, operator: User, sign_in: SignIn) -> None:
    assert b"manage_menu" not in sign_in(viewer).get(f"/sims/{sim.giccid}/").content
    assert b"manage_menu" in sign_in(operator).get(f"/sims/{sim.giccid}/").content


# --- the form


def test_an_unknown_kind_and_an_unknown_sim_are_not_found(sim: Sim, operator: User, sign_in: SignIn) -> None:
    browser = sign_in(operator)
    assert browser.get(f"/sims/{sim.giccid}/manage/explode/").status_code == 404
    assert browser.post(f"/sims/{sim.giccid}/manage/explode/").status_code == 404
    assert browser.get("/sims/1/manage/suspend/").status_code == 404


@pytest.mark.parametrize(
    ("person", "status"), [("viewer", 403), ("operator", 200), ("approver", 200), ("admin", 200)]
)
def test_who_may_begin_a_change(
    person: str, status: int, sim: Sim, request: pytest.FixtureRequest, sign_in: SignIn
) -> None:
    browser = sign_in(request.getfixturevalue(person))
    assert browser.get(f"/sims/{sim.giccid}/manage/suspend/").status_code == status
    assert send(browser, sim, "suspend")[0] == (302 if status == 200 else 403)


def test_a_person_of_other_accounts_does_not_find_it(sim: Sim, outsider: User, sign_in: SignIn) -> None:
    browser = sign_in(outsider)
    assert browser.get(f"/sims/{sim.giccid}/manage/suspend/").status_code == 404
    assert send(browser, sim, "suspend")[0] == 404
    assert not Plan.objects.exists()


def test_the_sheet_gets_the_form_alone_and_the_page_the_whole(
    sim: Sim, operator: User, sign_in: SignIn
) -> None:
    browser, url = sign_in(operator), f"/sims/{sim.giccid}/manage/suspend/"
    fragment = browser.get(url, headers=HTMX).content.decode()
    assert "<html" not in fragment
    assert f'hx-post="{url}"' in fragment
    page = browser.get(url).content.decode()
    assert "<html" in page
    assert "hx-post" not in page[page.index("change-form") :]


def test_packages_stand_with_quota_and_price_and_only_those_of_the_account(
    sim: Sim, account: Account, other_account: Account, operator: User, sign_in: SignIn
) -> None:
    factories.ServicePackageFactory(account=account, name=LONG[:400], data_quota_mb=30.0)
    factories.ServicePackageFactory(account=account, name="Extra", type="SUPPLEMENTARY")
    factories.ServicePackageFactory(account=other_account, name="Not theirs")
    browser = sign_in(operator)
    text = browser.get(f"/sims/{sim.giccid}/manage/basic_plan/").content.decode()
    assert 'value="IoT 100 MB">IoT 100 MB · 100 MB' in text
    assert "…" in text
    assert LONG[:400] in text  # the value, in full
    assert "Extra" not in text
    assert "Not theirs" not in text
    assert "Extra" in browser.get(f"/sims/{sim.giccid}/manage/supplementary_plan/").content.decode()


@pytest.mark.parametrize("value", ["", "Nobody has this", "超" * 2000, "a\0b"])
def test_a_package_that_is_no_choice_is_refused_in_words(
    value: str, sim: Sim, operator: User, sign_in: SignIn
) -> None:
    status, text = send(sign_in(operator), sim, "basic_plan", package=value)
    assert status == 422
    assert "errorlist" in text
    assert not Plan.objects.exists()


def test_where_no_package_is_known_its_name_is_typed(
    other_account: Account, operator: User, sign_in: SignIn
) -> None:
    sim = factories.SimFactory(account=other_account, status="ACTIVATED")
    browser = sign_in(operator)
    assert send(browser, sim, "basic_plan", package="名" * 2000)[0] == 422
    assert send(browser, sim, "basic_plan", package="名" * 400)[0] == 302
    assert Plan.objects.get().params == {"package": "名" * 400}


def test_apns_stand_with_their_state(sim: Sim, operator: User, sign_in: SignIn) -> None:
    sim.raw |= {"apnList": [{"apnName": "iot.cn", "apnStatus": "OPEN"}, {"apnStatus": "OPEN"}, "odd", None]}
    sim.save()
    browser = sign_in(operator)
    assert "iot.cn (open now)" in browser.get(f"/sims/{sim.giccid}/manage/apn_status/").content.decode()
    assert send(browser, sim, "apn_status", apn="iot.cn", status="AJAR")[0] == 422
    assert send(browser, sim, "apn_status", apn="other", status="CLOSED")[0] == 422
    assert send(browser, sim, "apn_status", apn="iot.cn", status="CLOSED")[0] == 302
    assert Plan.objects.get().params == {"apn": "iot.cn", "status": "CLOSED"}


def test_a_custom_field_left_empty_stays_as_it_is(sim: Sim, operator: User, sign_in: SignIn) -> None:
    browser = sign_in(operator)
    status, text = send(browser, sim, "custom_fields")
    assert (status, "Fill in at least one of the five fields." in text) == (422, True)
    status, text = send(browser, sim, "custom_fields", custom1="a", empty_custom1="on")
    assert (status, "Either a new value or empty, not both." in text) == (422, True)
    assert send(browser, sim, "custom_fields", custom1="x" * 251)[0] == 422
    assert not Plan.objects.exists()
    assert send(browser, sim, "custom_fields", custom2="仓库", empty_custom5="on")[0] == 302
    assert Plan.objects.get().params == {"custom2": "仓库", "custom5": ""}


@pytest.mark.parametrize(
    ("status", "hours", "answer"),
    [
        ("ACTIVATED", "0", 422),
        ("ACTIVATED", "1", 302),
        ("DEACTIVATED", "0", 302),
        ("DEACTIVATED", "720", 302),
        ("DEACTIVATED", "721", 422),
        ("DEACTIVATED", "-1", 422),
        ("DEACTIVATED", "soon", 422),
        ("DEACTIVATED", "", 422),
    ],
)
def test_only_what_is_suspended_may_be_retired_at_once(
    status: str, hours: str, answer: int, account: Account, operator: User, sign_in: SignIn
) -> None:
    sim = factories.SimFactory(account=account, status=status)
    assert send(sign_in(operator), sim, "retire", cooling_hours=hours)[0] == answer
    assert Plan.objects.count() == (answer == 302)


def test_the_form_ends_in_a_draft_that_changes_one_sim(sim: Sim, operator: User, sign_in: SignIn) -> None:
    Sim.objects.filter(pk=sim.pk).update(status="ACTIVATED")
    assert send(sign_in(operator), sim, "suspend")[0] == 302
    plan, line = Plan.objects.get(), Command.objects.get()
    assert (plan.state, plan.kind, plan.created_by, plan.reason) == ("draft", "suspend", operator, "Moved")
    assert (line.giccid, line.group, line.state) == (sim.giccid, Group.CHANGE, State.PLANNED)
    assert (line.before, line.after) == ("ACTIVATED", "DEACTIVATED")


def test_a_double_click_is_one_plan_and_another_value_another_one(
    sim: Sim, operator: User, sign_in: SignIn
) -> None:
    browser, uid = sign_in(operator), str(uuid.uuid4())
    for _click in range(2):
        assert send(browser, sim, "custom_fields", uid=uid, custom1="a")[0] == 302
    assert Plan.objects.count() == 1
    assert send(browser, sim, "custom_fields", uid=uid, custom1="b")[0] == 302
    assert Plan.objects.count() == 2


@pytest.mark.parametrize("uid", ["", "no", "1" * 5000])
def test_a_form_without_its_number_is_asked_for_again(
    uid: str, sim: Sim, operator: User, sign_in: SignIn
) -> None:
    status, text = send(sign_in(operator), sim, "suspend", uid=uid)
    assert (status, "Reload the page and try again." in text) == (422, True)
    assert not Plan.objects.exists()


def test_a_protected_sim_says_so_and_its_plan_changes_nothing(
    sim: Sim, operator: User, sign_in: SignIn
) -> None:
    ProtectionFactory(sim=sim, reason="Ambulance")
    browser = sign_in(operator)
    text = browser.get(f"/sims/{sim.giccid}/manage/suspend/").content.decode()
    assert "Protected: Ambulance" in text
    assert "Show the plan" not in text
    send(browser, sim, "suspend")
    assert Plan.objects.get().groups == {"protected": 1}
