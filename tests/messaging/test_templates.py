"""Templates and settings: who writes them, what is refused with which words, and that it stands in the audit trail."""

import pytest

from commands.fleet import fleet
from enterprise.models import Account, Enterprise
from messaging import template_texts
from messaging.kind import policy_of
from messaging.models import Policy, Template
from sims import notes
from sims.models import Sim
from staff.models import AuditEvent, User
from tests.conftest import SignIn
from tests.factories import EnterpriseFactory, SimFactory

pytestmark = pytest.mark.django_db
SETTINGS = {
    "keep_days": "90", "max_parts": "2", "report_hours": "24", "an_hour": "500", "quiet_from": "21:00",
    "quiet_to": "08:00", "quiet_zone": "", "fallback_zone": "Asia/Shanghai",
}  # fmt: skip


@pytest.fixture
def kept(enterprise: Enterprise) -> Template:
    return Template.objects.create(
        enterprise=enterprise, name="Restart", text="{label}, restart at {tag.site}"
    )


def test_an_operator_writes_one_and_it_stands_in_the_audit_trail(
    operator: User, enterprise: Enterprise, sign_in: SignIn
) -> None:
    answer = sign_in(operator).post("/messages/templates/new/", {"name": "Hi", "text": "Hi\r\n{label}"})
    row = Template.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/messages/templates/{row.pk}/")
    assert (row.text, row.changed_by, row.enterprise) == ("Hi\n{label}", operator, enterprise)
    event = AuditEvent.objects.get(deed="sms_template.save")
    assert (event.about, event.detail["text"]) == ("Hi", "Hi\n{label}")


def test_a_change_keeps_what_it_was(operator: User, kept: Template, sign_in: SignIn) -> None:
    sign_in(operator).post(f"/messages/templates/{kept.pk}/save/", {"name": "Restart", "text": "now"})
    assert Template.objects.get().text == "now"
    assert AuditEvent.objects.get().detail["was"] == ["Restart", "{label}, restart at {tag.site}"]


def test_a_viewer_reads_and_writes_nothing(viewer: User, kept: Template, sign_in: SignIn) -> None:
    desk = sign_in(viewer)
    page = desk.get(f"/messages/templates/{kept.pk}/").content.decode()
    assert "restart at" in page
    assert "<textarea" not in page
    assert desk.post(f"/messages/templates/{kept.pk}/save/", {"name": "x", "text": "x"}).status_code == 403
    assert desk.post(f"/messages/templates/{kept.pk}/remove/").status_code == 403
    assert Template.objects.get().text == kept.text


def test_another_enterprises_is_not_there(stranger: User, kept: Template, sign_in: SignIn) -> None:
    desk = sign_in(stranger)
    assert desk.get(f"/messages/templates/{kept.pk}/").status_code == 404
    assert "Restart" not in desk.get("/messages/templates/").content.decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello {lable}", ["{lable}", "label", "custom5", "tag.NAME"]),
        ("x" * 161, ["Too long by 1"]),
        (" \r\n ", ["Write a message first"]),
    ],
)
def test_what_could_never_be_sent_is_refused_with_what_to_do(
    text: str, words: list[str], operator: User, enterprise: Enterprise, sign_in: SignIn
) -> None:
    answer = sign_in(operator).post("/messages/templates/new/", {"name": "Hi", "text": text})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert [word for word in words if word not in page] == []
    assert not Template.objects.exists()


def test_two_of_one_name_are_refused_within_an_enterprise_only(
    operator: User, kept: Template, sign_in: SignIn
) -> None:
    Template.objects.create(enterprise=EnterpriseFactory(), name="Other", text="x")
    answer = sign_in(operator).post("/messages/templates/new/", {"name": "Restart", "text": "x"})
    assert (answer.status_code, "There is a template of this name already." in answer.content.decode()) == (
        422,
        True,
    )
    assert (
        sign_in(operator).post("/messages/templates/new/", {"name": "Other", "text": "x"}).status_code == 302
    )


def test_removed_it_is_gone_and_that_is_written_down(operator: User, kept: Template, sign_in: SignIn) -> None:
    sign_in(operator).post(f"/messages/templates/{kept.pk}/remove/")
    assert not Template.objects.exists()
    assert AuditEvent.objects.get(deed="sms_template.remove").detail["text"] == kept.text


def test_tried_with_a_sim_it_shows_that_sims_text_or_what_is_missing(
    operator: User, kept: Template, account: Account, sign_in: SignIn
) -> None:
    sim: Sim = SimFactory(account=account, status="ACTIVATED", label="Pump 7")
    address = f"/messages/templates/{kept.pk}/?sim={sim.giccid}"
    assert "missing: tag.site" in sign_in(operator).get(address).content.decode()
    notes.add_tag(sim, "site: Kiruna")
    assert "Pump 7, restart at Kiruna" in sign_in(operator).get(address).content.decode()


def test_a_sim_of_others_is_not_tried(outsider: User, kept: Template, sim: Sim, sign_in: SignIn) -> None:
    page = sign_in(outsider).get(f"/messages/templates/{kept.pk}/?sim={sim.giccid}").content.decode()
    assert "No SIM of yours is called that." in page


def test_signs_no_text_of_the_database_holds_lead_to_no_sim(
    operator: User, kept: Template, sim: Sim, sign_in: SignIn
) -> None:
    """Seen red: an error of the server."""
    page = sign_in(operator).get(f"/messages/templates/{kept.pk}/?sim=abc%00%ED%A0%80")
    assert page.status_code == 200
    assert "No SIM of yours is called that." in page.content.decode()
    for text in (f"{sim.giccid}\0", f"{sim.giccid}\ud800"):
        assert fleet().find(operator, sim.enterprise_id, text, 1) == [sim.giccid]
        assert fleet().card(operator, text) is not None


def test_a_select_for_one_sim_holds_its_text_or_says_what_is_missing(kept: Template, sim: Sim) -> None:
    Template.objects.create(enterprise=kept.enterprise, name="Number", text="{iccid}!")
    choices = template_texts.choices(kept.enterprise_id, sim.giccid)
    assert [(c.name, c.text, c.missing) for c in choices] == [
        ("Number", f"{sim.giccid}!", ""),
        ("Restart", kept.text, "label, tag.site"),
    ]
    assert template_texts.chosen(choices, str(kept.pk)) == choices[1]
    Sim.objects.filter(pk=sim.pk).update(label="{msisdn}")
    Template.objects.update(text="{label}")
    assert {choice.text for choice in template_texts.choices(kept.enterprise_id, sim.giccid)} == {
        "{{msisdn}}"
    }
    assert template_texts.chosen(choices, "nonsense") is None


# --- settings


def test_an_administrator_sets_them_and_it_stands_in_the_audit_trail(
    admin: User, enterprise: Enterprise, sign_in: SignIn
) -> None:
    assert sign_in(admin).post("/messages/settings/save/", SETTINGS).status_code == 302
    policy = Policy.objects.get()
    assert (policy.keep_days, policy.max_parts, policy.report_hours) == (90, 2, 24)
    assert policy.pace.as_json() == {
        "an_hour": 500, "from": "21:00", "to": "08:00", "zone": "", "fallback": "Asia/Shanghai",
    }  # fmt: skip
    detail = AuditEvent.objects.get(deed="sms_policy.change").detail["changes"]
    assert (detail["keep_days"], detail["quiet_to"]) == ([396, 90], [None, "08:00"])
    sign_in(admin).post("/messages/settings/save/", SETTINGS)
    assert AuditEvent.objects.filter(deed="sms_policy.change").count() == 1, "nothing has changed"


def test_others_read_them_only(operator: User, enterprise: Enterprise, sign_in: SignIn) -> None:
    desk = sign_in(operator)
    page = desk.get("/messages/settings/").content.decode()
    assert "396" in page
    assert "An administrator can change these settings." in page
    assert desk.post("/messages/settings/save/", SETTINGS).status_code == 403
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"quiet_to": ""}, "Give both moments"),
        ({"quiet_to": "21:00"}, "two different quarters"),
        ({"quiet_to": "07:50"}, "two different quarters"),
        ({"quiet_from": "18:00", "quiet_to": "08:00"}, "13 hours at most"),
        ({"quiet_zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"an_hour": "0"}, "1"),
        ({"keep_days": "0"}, "1"),
    ],
)
def test_hours_that_make_no_sense_are_refused(
    wrong: dict[str, str], words: str, admin: User, enterprise: Enterprise, sign_in: SignIn
) -> None:
    answer = sign_in(admin).post("/messages/settings/save/", SETTINGS | wrong)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert policy_of(enterprise.pk).keep_days == 396
