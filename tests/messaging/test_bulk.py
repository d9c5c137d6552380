"""A message to many: from a selection to a plan, each SIM with its text or the reason why it gets none."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from commands import execute, plans
from commands.models import Command, Plan, State
from enterprise.models import Account, Enterprise
from messaging import plan_part
from messaging.models import Message, Policy, Template
from sims import notes
from sims.custom_models import CustomFields
from sims.models import Selection, SelectionItem, Sim
from staff.models import User
from tests.conftest import SignIn
from tests.desk_factories import SelectionFactory
from tests.factories import SimFactory

pytestmark = pytest.mark.django_db
TEXT = "{label}, call {tag.site}"


@pytest.fixture(autouse=True)
def _on_a_sandbox(enterprise: Enterprise) -> None:
    enterprise.is_sandbox = True
    enterprise.save()


@pytest.fixture
def chosen(account: Account, operator: User) -> Selection:
    """Two that can get one, one without a tag, one that sleeps."""
    labels = ["Pump 1", "Pump 2", "Pump 3"]
    sims: list[Sim] = [SimFactory(account=account, status="ACTIVATED", label=label) for label in labels]
    for sim in sims[:2]:
        notes.add_tag(sim, "site: Kiruna")
    sims.append(SimFactory(account=account, status="INVENTORY", label="Pump 4"))
    row: Selection = SelectionFactory(owner=operator, enterprise=account.enterprise, total=4)
    SelectionItem.objects.bulk_create(SelectionItem(selection=row, sim=sim) for sim in sims)
    return row


def address(row: Selection) -> str:
    return f"/messages/bulk/{row.pk}/"


def ask(desk: Client, row: Selection, **values: object) -> Plan:
    answer = desk.post(address(row), {"uid": str(uuid.uuid4()), "text": TEXT} | values)
    assert answer.status_code == 302, answer.content.decode()
    return Plan.objects.latest("created_at")


def test_ticked_rows_lead_to_the_message_and_on_to_a_plan_that_tells_each_fate(
    operator: User, account: Account, chosen: Selection, sign_in: SignIn
) -> None:
    desk = sign_in(operator)
    data = {"uid": str(uuid.uuid4()), "enterprise": account.enterprise_id, "kind": "sms"}
    answer = desk.post("/sims/change/", data | {"query": f"selection={chosen.pk}"})
    assert answer["Location"] == address(chosen)
    plan = ask(desk, chosen, reason="Pumps")
    lines = {c.before + c.after: c.why for c in Command.objects.filter(plan=plan)}
    assert lines == {
        "ACTIVATEDPump 1, call Kiruna": "", "ACTIVATEDPump 2, call Kiruna": "", "ACTIVATED": "no_variable",
        "INVENTORY": "not_active",
    }  # fmt: skip
    assert (plan.groups, plan.calls, plan.reason) == ({"change": 2, "not_allowed": 2}, 4, "Pumps")
    assert plan.whys == [["no_variable", "tag.site", 1], ["not_active", "", 1]]
    page = desk.get(f"/commands/plans/{plan.pk}/").content.decode()
    for words in (
        "Send 2 SMS",
        "Will be sent",
        "Pump 1, call Kiruna",
        "GSM-7 · 1 part · 19 characters",
        "tag.site",
    ):
        assert words in page
    assert "Before → after" not in page


def test_a_reason_filters_the_lines(operator: User, chosen: Selection, sign_in: SignIn) -> None:
    desk = sign_in(operator)
    plan = ask(desk, chosen)
    part = desk.get(f"/commands/plans/{plan.pk}/rows/?why=not_active").content.decode()
    inventory = Sim.objects.get(status="INVENTORY").giccid
    assert part.count('scope="row"') == 1
    assert inventory in part
    assert desk.get(f"/commands/plans/{plan.pk}/rows/?why=%00x").status_code == 200


@pytest.mark.parametrize(
    ("language", "never", "long"),
    [
        ("en", "custom1 (never read from SmartHub)", "Too long by 6: one message holds 160 characters."),
        ("zh-hans", "custom1（从未从 SmartHub 读取）", "超出 6 个字符：一条短信最多 160 个字符。"),
    ],
)
def test_why_a_sim_gets_no_text_is_told_in_the_language_of_who_reads(
    language: str, never: str, long: str, operator: User, account: Account, sign_in: SignIn
) -> None:
    """Whoever made the plan. Seen red: the maker's sentence was stored."""
    sims = SimFactory.create_batch(2, account=account, status="ACTIVATED", label="x" * 64)
    values = {"custom1": "y" * 100}
    CustomFields.objects.create(
        sim=sims[0], enterprise=account.enterprise, values=values, read_at=timezone.now()
    )
    plan = plans.make(
        operator, account.enterprise, kind_name="sms", params={"text": "{label}: {custom1}"},
        source=plans.Source(giccids=tuple(sim.giccid for sim in sims)), form_uid=uuid.uuid4(),
    )  # fmt: skip
    desk = sign_in(operator)
    desk.cookies["django_language"] = language
    page = desk.get(f"/commands/plans/{plan.pk}/").content.decode()
    assert never in page
    assert long in page
    file = b"".join(desk.get(f"/commands/plans/{plan.pk}/plan.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert never in file
    assert long in file


def test_a_double_click_makes_one_plan(operator: User, chosen: Selection, sign_in: SignIn) -> None:
    uid = str(uuid.uuid4())
    assert ask(sign_in(operator), chosen, uid=uid) == ask(sign_in(operator), chosen, uid=uid)


def test_looking_makes_no_plan_and_shows_the_first_texts(
    operator: User, chosen: Selection, sign_in: SignIn
) -> None:
    answer = sign_in(operator).post(
        address(chosen), {"text": TEXT, "look": "1"}, headers={"HX-Request": "true"}
    )
    part = answer.content.decode()
    assert part.strip().startswith('<div id="samples"')
    assert "Pump 2, call Kiruna" in part
    assert "A value its text needs is missing: tag.site" in part
    assert "Only an activated SIM takes messages" in part
    assert not Plan.objects.exists()


@pytest.mark.parametrize("text", ["{lable}", "x" * 161, " ", ""])
def test_a_text_that_cannot_be_sent_is_refused_on_the_form(
    text: str, operator: User, chosen: Selection, sign_in: SignIn
) -> None:
    answer = sign_in(operator).post(address(chosen), {"uid": str(uuid.uuid4()), "text": text})
    assert answer.status_code == 422
    assert not Plan.objects.exists()


def test_without_scripts_a_template_is_filled_in_by_the_address(
    operator: User, chosen: Selection, enterprise: Enterprise, sign_in: SignIn
) -> None:
    kept = Template.objects.create(enterprise=enterprise, name="Restart", text="{label}: restart")
    page = sign_in(operator).get(f"{address(chosen)}?template={kept.pk}").content.decode()
    assert "{label}: restart</textarea>" in page
    assert "Pump 1: restart" in page
    assert sign_in(operator).get(f"{address(chosen)}?template=nonsense").status_code == 200


def test_a_selection_of_somebody_else_is_not_there(
    approver: User, outsider: User, chosen: Selection, sign_in: SignIn
) -> None:
    for person in (approver, outsider):
        assert sign_in(person).get(address(chosen)).status_code == 404
        assert sign_in(person).post(f"{address(chosen)}custom-fields/").status_code == 404


def test_while_the_selection_is_resolved_nothing_can_be_sent(
    operator: User, chosen: Selection, sign_in: SignIn
) -> None:
    Selection.objects.update(state="resolving")
    answer = sign_in(operator).post(address(chosen), {"uid": str(uuid.uuid4()), "text": TEXT})
    assert "Freezing the selection" in answer.content.decode()
    assert not Plan.objects.exists()


def test_the_enterprises_quiet_hours_are_suggested_and_what_is_chosen_is_kept(
    operator: User, chosen: Selection, enterprise: Enterprise, sign_in: SignIn
) -> None:
    Policy.objects.create(enterprise=enterprise, quiet_from="21:00", quiet_to="08:00", an_hour=50)
    page = sign_in(operator).get(address(chosen)).content.decode()
    assert 'value="21:00"' in page
    plan = ask(sign_in(operator), chosen, an_hour="7", quiet_from="22:15", quiet_to="06:00", quiet_zone="")
    assert plan.pace == {"an_hour": 7, "from": "22:15", "to": "06:00", "zone": "", "fallback": "UTC"}
    page = sign_in(operator).get(f"/commands/plans/{plan.pk}/").content.decode()
    assert "At most 7 SIMs in any hour" in page
    assert "Quiet from 22:15 to 06:00 in each SIM&#x27;s country; by UTC where none is known" in page


# --- the funnel


@pytest.fixture
def running(operator: User, chosen: Selection, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setattr("commands.queueing.wake_workers", lambda _name: None)
    plan = ask(sign_in(operator), chosen)
    return plans.submit(operator, plan, digest=plan.digest)


def test_the_funnel_counts_messages_as_they_are_shown(operator: User, running: Plan) -> None:
    assert plan_part.counts_of(operator, running) == {"queued": 2}
    first, second = Message.objects.order_by("pk")
    Message.objects.filter(pk=first.pk).update(state="sending", sent_at="2026-01-01T00:00Z")
    Message.objects.filter(pk=second.pk).update(state="delivered")
    part = plan_part.funnel(operator, running)
    assert part is not None
    assert [(step["count"], step["percent"]) for step in part.context["steps"]] == [
        (2, "100 %"), (2, "100 %"), (1, "50 %"),
    ]  # fmt: skip
    assert [(end["state"], end["count"]) for end in part.context["ends"]] == [
        ("delivered", 1),
        ("unknown", 1),
    ]
    assert part.context["ends"][0]["url"] == f"/messages/?plan={running.pk}&state=delivered"


def test_an_open_page_follows_while_reports_are_awaited(
    operator: User, running: Plan, sign_in: SignIn
) -> None:
    Plan.objects.update(state=Plan.State.COMPLETED)
    address = f"/commands/plans/{running.pk}/status/?seen=completed"
    Message.objects.update(state="accepted")
    assert 'hx-trigger="every 5s"' in sign_in(operator).get(address).content.decode()
    Message.objects.update(state="delivered")
    page = sign_in(operator).get(address).content.decode()
    assert "hx-trigger" not in page
    assert 'id="funnel_delivered"' in page


def test_a_figure_leads_to_its_messages(operator: User, running: Plan, sign_in: SignIn) -> None:
    first, second = Message.objects.order_by("pk")
    Message.objects.filter(pk=first.pk).update(state="delivered")
    Message.objects.filter(pk=second.pk).update(state="sending", sent_at="2026-01-01T00:00Z")
    for state, message, other in (("delivered", first, second), ("unknown", second, first)):
        page = sign_in(operator).get(f"/messages/?plan={running.pk}&state={state}").content.decode()
        assert f'found-{message.pk}"' in page
        assert f'found-{other.pk}"' not in page
    assert sign_in(operator).get("/messages/?plan=nonsense&state=%00").status_code == 200


def test_who_sees_a_part_of_the_sims_counts_that_part(outsider: User, running: Plan) -> None:
    assert plan_part.counts_of(outsider, running) == {}


def test_the_lines_show_what_became_of_each_message(operator: User, running: Plan, sign_in: SignIn) -> None:
    Command.objects.filter(plan=running, state=State.QUEUED).update(state=State.APPLIED)
    Message.objects.update(state="failed")
    page = sign_in(operator).get(f"/commands/plans/{running.pk}/rows/").content.decode()
    assert page.count("Failed") == 2


@pytest.mark.parametrize(
    ("count", "total", "shown"),
    [(0, 9, "0 %"), (1, 900, "< 1 %"), (899, 900, "> 99 %"), (9, 9, "100 %"), (0, 0, "")],
)
def test_percentages_never_say_all_or_none_when_it_is_not(count: int, total: int, shown: str) -> None:
    assert plan_part.percent(count, total) == shown


def test_nothing_leaves_without_a_tick(operator: User, chosen: Selection, sign_in: SignIn) -> None:
    desk = sign_in(operator)
    plan = ask(desk, chosen)
    assert (
        desk.post(f"/commands/plans/{plan.pk}/submit/", {"digest": plan.digest, "mode": "now"}).status_code
        == 422
    )
    execute.dispatch(plan.enterprise_id)
    assert Plan.objects.get().state == Plan.State.DRAFT
