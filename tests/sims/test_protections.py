"""Protection of SIMs, one by one and by shared views: who may, what it keeps from changing, how it ends.

Aims at: `among` without the views, `save_view` without its look at the protection, `remove` without its audit event.
"""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commands import plans
from commands.models import Command, Plan
from enterprise.models import Account, Enterprise
from sims import protection
from sims.models import Protection, SavedView, Sim
from staff.models import AuditEvent, User
from tests import factories
from tests.command_factories import ProtectionFactory
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db


def follow(browser: Client, path: str, **data: object) -> str:
    """Sends a form; what the next page says."""
    response = browser.post(path, data)
    assert response.status_code == 302
    return str(browser.get(response["Location"]).content.decode())


def view_of(
    owner: User, enterprise: Enterprise, query: str = "status=ACTIVATED", **more: object
) -> SavedView:
    values = {"name": "Ambulances", "is_shared": True} | more
    return SavedView.objects.create(owner=owner, enterprise=enterprise, query=query, **values)


@pytest.mark.parametrize(
    ("person", "status"), [("viewer", 403), ("operator", 403), ("approver", 302), ("admin", 302)]
)
@pytest.mark.parametrize(
    "path", ["/sims/{sim}/protect/", "/sims/{sim}/unprotect/", "/sims/protections/view/"]
)
def test_who_may_protect(
    path: str, person: str, status: int, sim: Sim, request: pytest.FixtureRequest, sign_in: SignIn
) -> None:
    browser = sign_in(request.getfixturevalue(person))
    assert browser.post(path.format(sim=sim.giccid), {"reason": "x"}).status_code == status


def test_a_sim_is_protected_shown_and_freed_with_reasons_in_the_audit_trail(
    sim: Sim, approver: User, viewer: User, sign_in: SignIn
) -> None:
    browser = sign_in(approver)
    text = follow(browser, f"/sims/{sim.giccid}/protect/", reason="Emergency phones")
    assert "This SIM is protected" in text
    assert "Emergency phones" in sign_in(viewer).get(f"/sims/{sim.giccid}/").content.decode()
    follow(browser, f"/sims/{sim.giccid}/protect/", reason="Another click")
    text = follow(browser, f"/sims/{sim.giccid}/unprotect/", reason="Sold")
    assert "not protected any more" in text
    assert not Protection.objects.exists()
    follow(browser, f"/sims/{sim.giccid}/unprotect/", reason="Again")
    trail = AuditEvent.objects.order_by("id").values_list("deed", "about", "detail__reason", "actor")
    assert list(trail) == [
        ("sim.protect", sim.giccid, "Emergency phones", approver.pk),
        ("sim.unprotect", sim.giccid, "Sold", approver.pk),
    ]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301, "a\0b"])
def test_without_a_reason_nothing_is_protected(
    reason: str, sim: Sim, approver: User, sign_in: SignIn
) -> None:
    follow(sign_in(approver), f"/sims/{sim.giccid}/protect/", reason=reason)
    assert not Protection.objects.exists()
    assert not AuditEvent.objects.exists()


def test_what_a_view_matches_is_protected_whoever_plans(
    enterprise: Enterprise, account: Account, approver: User, operator: User, sign_in: SignIn
) -> None:
    enterprise.is_sandbox = True
    enterprise.save()
    kept, free = (
        factories.SimFactory(account=account, status=status) for status in ("ACTIVATED", "DEACTIVATED")
    )
    view = view_of(operator, enterprise)
    text = follow(sign_in(approver), "/sims/protections/view/", view=view.pk, reason="Rescue")
    assert "is protected." in text
    assert "Status: Activated" in text
    plans.make(
        operator,
        enterprise,
        kind_name="custom_fields",
        params={"custom1": "x"},
        source=plans.Source(giccids=(kept.giccid, free.giccid)),
        form_uid=uuid.uuid4(),
    )
    assert Plan.objects.get().groups == {"protected": 1, "change": 1}
    assert Command.objects.get(group="protected").giccid == kept.giccid
    page = sign_in(operator).get(f"/sims/{kept.giccid}/").content.decode()
    assert "By the shared view “Ambulances”" in page
    assert protection.of(free) is None


def test_only_a_shared_view_that_one_sees_can_protect(
    enterprise: Enterprise, foreign_enterprise: Enterprise, approver: User, operator: User, sign_in: SignIn
) -> None:
    private = view_of(operator, enterprise, is_shared=False)
    foreign = view_of(operator, foreign_enterprise)
    browser = sign_in(approver)
    for pk in (private.pk, foreign.pk, "x", 2**70):
        text = follow(browser, "/sims/protections/view/", view=pk, reason="Rescue")
        assert "Only a shared view" in text
    assert not Protection.objects.exists()


def test_a_view_that_protects_can_not_be_deleted_unshared_or_changed(
    enterprise: Enterprise, operator: User, sign_in: SignIn
) -> None:
    view = view_of(operator, enterprise)
    ProtectionFactory(sim=None, view=view)
    browser = sign_in(operator)
    words = "This view protects SIMs from changes."
    assert words in follow(browser, f"/sims/views/{view.pk}/delete/")
    assert words in follow(browser, "/sims/views/", name=view.name, query="status=RETIRED", is_shared="on")
    assert words in follow(browser, "/sims/views/", name=view.name, query=view.query)
    view.refresh_from_db()
    assert (view.query, view.is_shared) == ("status=ACTIVATED", True)
    Protection.objects.all().delete()
    assert "is deleted" in follow(browser, f"/sims/views/{view.pk}/delete/")


def test_removing_on_the_page_needs_a_reason_and_is_recorded(
    enterprise: Enterprise, sim: Sim, operator: User, approver: User, sign_in: SignIn
) -> None:
    found = [ProtectionFactory(sim=sim), ProtectionFactory(sim=None, view=view_of(operator, enterprise))]
    browser = sign_in(approver)
    assert "Say why" in follow(browser, f"/sims/protections/{found[0].pk}/remove/", reason=" ")
    assert Protection.objects.count() == 2
    for one in found:
        assert "is removed" in follow(browser, f"/sims/protections/{one.pk}/remove/", reason="Over")
    assert list(AuditEvent.objects.order_by("id").values_list("deed", "about")) == [
        ("sim.unprotect", sim.giccid),
        ("view.unprotect", "Ambulances"),
    ]
    assert browser.post(f"/sims/protections/{found[0].pk}/remove/", {"reason": "x"}).status_code == 404


def test_people_of_other_accounts_neither_see_nor_remove_a_protection(
    sim: Sim, other_account: Account, foreign_account: Account, sign_in: SignIn
) -> None:
    one = ProtectionFactory(sim=sim, reason="Secret reason")
    for account in (other_account, foreign_account):
        browser = sign_in(factories.UserFactory(role="approver", accounts=[account]))
        assert "Secret reason" not in browser.get("/sims/protections/").content.decode()
        assert browser.post(f"/sims/protections/{one.pk}/remove/", {"reason": "x"}).status_code == 404
        assert browser.post(f"/sims/{sim.giccid}/unprotect/", {"reason": "x"}).status_code == 404
    assert Protection.objects.count() == 1


def test_the_list_shows_a_lock_at_no_cost_for_a_row(
    enterprise: Enterprise, account: Account, operator: User, sign_in: SignIn
) -> None:
    view = view_of(operator, enterprise)
    ProtectionFactory(sim=None, view=view)
    browser = sign_in(operator)
    counts = []
    for amount in (2, 20):
        factories.SimFactory.create_batch(amount, account=account, status="ACTIVATED")
        ProtectionFactory(sim=factories.SimFactory(account=account, status="DEACTIVATED"))
        factories.SimFactory(account=account, status="DEACTIVATED")
        browser.get("/sims/")
        with CaptureQueriesContext(connection) as queries:
            text = browser.get("/sims/").content.decode()
        counts.append(len(queries))
    assert text.count('class="row-lock"') == Sim.objects.count() - 2
    assert counts[0] == counts[1]


def test_bulk_tags_do_not_mind_a_protection(sim: Sim, operator: User, sign_in: SignIn) -> None:
    ProtectionFactory(sim=sim)
    data = {"uid": str(uuid.uuid4()), "enterprise": sim.enterprise_id, "query": "", "sim": [sim.giccid]}
    assert "1 SIM was changed." in follow(sign_in(operator), "/sims/tag/", **data, tag="Kept")
