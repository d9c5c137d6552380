"""The page of a plan: what it shows, groups as filters, pages, CSV, and that it asks again only while it moves.

Seen red: Django's own count of lines, pages from the end not turned round, `harmless` left out, no 286, lines of a lost
account not filtered.
"""

import csv
import io
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commands.models import Command, Group, Plan, State
from commands.queueing import STOP_NOTE
from enterprise.models import Account
from staff.models import User
from tests import factories
from tests.command_factories import CommandFactory, PlanFactory, ProtectionFactory
from tests.commands.plan_makers import fleet_of, plan_of, text
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_the_page_names_verb_number_groups_and_each_sims_fate(
    operator: User, account: Account, sign_in: SignIn
) -> None:
    active, shielded = fleet_of(account, 3), fleet_of(account, 1)
    ProtectionFactory(sim=shielded[0])
    mixed = [*active, *shielded, *fleet_of(account, 1, "DEACTIVATED"), *fleet_of(account, 2, "RETIRED")]
    plan = plan_of(operator, mixed, reason="Depot closed")
    page = text(sign_in(operator).get(f"/commands/plans/{plan.pk}/"))
    assert plan.groups == {"change": 3, "already": 1, "not_allowed": 2, "protected": 1}
    assert ">Suspend 3 SIMs</h1>" in page
    for words in ("Depot closed", "2 calls", "Not possible from its state", "Somebody protected it"):
        assert words in page, words
    for group, count in (*plan.groups.items(), ("unknown", 0)):
        card = page.split(f'id="group_{group}"')[1].split("</a>")[0]
        assert f'plan-group-count">{count}<' in card, group
    assert all(f"/sims/{sim.giccid}/" in page for sim in mixed)


@pytest.mark.parametrize(("group", "count"), [("change", 2), ("already", 1), ("nonsense", 3), ("unknown", 0)])
def test_a_group_filters_the_lines(
    group: str, count: int, operator: User, account: Account, sign_in: SignIn
) -> None:
    plan = plan_of(operator, [*fleet_of(account, 2), *fleet_of(account, 1, "DEACTIVATED")])
    browser = sign_in(operator)
    for path in ("", "rows/"):
        page = text(browser.get(f"/commands/plans/{plan.pk}/{path}?group={group}"))
        assert page.count('<th scope="row">') == count
        assert ('aria-current="true"' in page) == (group != "nonsense")
    assert 'hx-swap-oob="true"' in page


def test_a_strange_code_is_shown_as_it_came(operator: User, account: Account, sign_in: SignIn) -> None:
    line = CommandFactory(
        sim=fleet_of(account, 1)[0], state=State.REJECTED, why="carrier_says_no", error="<b>not today</b>"
    )
    page = text(sign_in(operator).get(f"/commands/plans/{line.plan_id}/"))
    assert "carrier_says_no" in page
    assert "&lt;b&gt;not today&lt;/b&gt;" in page


def test_an_iccid_that_is_no_sim_has_no_link(operator: User, account: Account, sign_in: SignIn) -> None:
    sims = fleet_of(account, 2)
    sims[1].delete()
    plan = plan_of(operator, sims)
    page = text(sign_in(operator).get(f"/commands/plans/{plan.pk}/?group=unknown"))
    assert sims[1].giccid in page
    assert f"/sims/{sims[1].giccid}/" not in page
    assert "Not among your SIMs, or removed" in page


def test_lines_of_another_account_are_not_shown_to_whoever_lost_it(
    account: Account, other_account: Account, sign_in: SignIn
) -> None:
    limited = factories.UserFactory(username="limited", role="operator", accounts=[account, other_account])
    mine, lost = fleet_of(account, 1)[0], fleet_of(other_account, 1)[0]
    plan = plan_of(limited, [mine, lost])
    browser = sign_in(limited)
    assert lost.giccid in text(browser.get(f"/commands/plans/{plan.pk}/"))
    limited.account_grants.filter(account=other_account).delete()
    for path in ("", "rows/", "plan.csv"):
        response = browser.get(f"/commands/plans/{plan.pk}/{path}")
        body = b"".join(response) if response.streaming else response.content
        assert mine.giccid in body.decode()
        assert lost.giccid not in body.decode()


def test_a_stranger_finds_no_plan(operator: User, account: Account, stranger: User, sign_in: SignIn) -> None:
    plan = plan_of(operator, fleet_of(account, 1))
    for path in ("", "rows/", "status/", "plan.csv"):
        assert sign_in(stranger).get(f"/commands/plans/{plan.pk}/{path}").status_code == 404


def test_the_csv_holds_every_line_and_no_formula(operator: User, account: Account, sign_in: SignIn) -> None:
    sims = fleet_of(account, 60)
    plan = plan_of(operator, [*sims, *fleet_of(account, 1, "RETIRED")])
    Command.objects.filter(plan=plan, giccid=sims[0].giccid).update(
        state=State.REJECTED, why="=cmd|' /C calc'!A0", error="@SUM(1)", before="-1", after="+1"
    )
    response = sign_in(operator).get(f"/commands/plans/{plan.pk}/plan.csv")
    assert response["Content-Disposition"].startswith('attachment; filename="plan-suspend-')
    body = b"".join(response).decode()
    assert body.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))
    assert rows[0][:5] == ["ICCID", "Group", "Before", "After", "State"]
    assert len(rows) == 62
    hostile = next(row for row in rows if row[0] == sims[0].giccid)
    assert hostile[2:8] == ["'-1", "'+1", "Rejected", "'=cmd|' /C calc'!A0", "'@SUM(1)", ""]
    assert {row[0] for row in rows[1:]} == set(
        Command.objects.filter(plan=plan).values_list("giccid", flat=True)
    )
    (retired,) = [row for row in rows if row[1] == "Not allowed"]
    assert retired[5] == "Not possible from its state"


# --- following it


def _status(browser, plan: Plan, seen: str):
    return browser.get(f"/commands/plans/{plan.pk}/status/?seen={seen}", headers=HTMX)


@pytest.mark.parametrize(
    ("state", "seconds"),
    [("freezing", 2), ("running", 2), ("awaiting", 10), ("scheduled", 10)],
)
def test_an_open_page_asks_again_while_the_plan_moves(
    state: str, seconds: int, viewer: User, account: Account, sign_in: SignIn
) -> None:
    plan = PlanFactory(enterprise=account.enterprise, state=state)
    response = _status(sign_in(viewer), plan, state)
    assert response.status_code == 200
    assert f'hx-trigger="every {seconds}s"' in response.content.decode()


@pytest.mark.parametrize(
    "state", ["draft", "paused", "completed", "cancelled", "declined", "expired", "failed"]
)
def test_asking_ends_with_the_whole_plan_once_its_state_is_another(
    state: str, viewer: User, account: Account, sign_in: SignIn
) -> None:
    line = CommandFactory(sim=fleet_of(account, 1)[0], state=State.APPLIED)
    Plan.objects.update(state=state)
    response = _status(sign_in(viewer), line.plan, "running")
    assert response.status_code == 286
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#plan", "outerHTML")
    assert response.content.decode().count('id="plan"') == 1
    assert "every " not in response.content.decode()


def test_the_end_is_said(viewer: User, account: Account, sign_in: SignIn) -> None:
    sims = fleet_of(account, 2)
    line = CommandFactory(sim=sims[0], state=State.APPLIED)
    CommandFactory(sim=sims[1], plan=line.plan, state=State.REJECTED)
    Plan.objects.update(state="completed")
    toast = json.loads(_status(sign_in(viewer), line.plan, "running")["HX-Trigger"])["toast"]
    assert toast == {"level": "warning", "text": "Suspend 2 SIMs: Completed · Applied 1, Rejected 1"}


def test_a_plan_that_stopped_by_itself_says_why(operator: User, account: Account, sign_in: SignIn) -> None:
    line = CommandFactory(sim=fleet_of(account, 1)[0], state=State.REJECTED)
    Plan.objects.update(state="paused", stopped_by_itself=True, note=STOP_NOTE, mode="canary")
    page = text(sign_in(operator).get(f"/commands/plans/{line.plan_id}/"))
    assert STOP_NOTE in page
    assert "Go on with the next step" in page


def test_the_filter_of_the_page_survives_the_end_but_not_that_of_another_page(
    viewer: User, account: Account, sign_in: SignIn
) -> None:
    sims = fleet_of(account, 2)
    line = CommandFactory(sim=sims[0], state=State.APPLIED)
    CommandFactory(sim=sims[1], plan=line.plan, state=State.REJECTED)
    Plan.objects.update(state="completed")
    url = f"http://testserver/commands/plans/{line.plan_id}/"
    for current, count in ((f"{url}?state=rejected", 1), ("http://testserver/sims/?state=rejected", 2)):
        response = sign_in(viewer).get(
            f"/commands/plans/{line.plan_id}/status/?seen=running", headers=HTMX | {"HX-Current-URL": current}
        )
        assert response.content.decode().count('<th scope="row">') == count


# --- a plan of any size costs the same


def _grow(plan: Plan, account: Account, count: int) -> None:
    """Lines without SIMs: the page looks at none."""
    Command.objects.bulk_create(
        Command(
            plan=plan,
            enterprise_id=plan.enterprise_id,
            kind=plan.kind,
            giccid=f"8999{n:015d}",
            account_id=account.pk,
            group=Group.CHANGE if n % 2 else Group.ALREADY,
            state=State.APPLIED if n % 2 else State.SKIPPED,
        )
        for n in range(count)
    )
    groups = {"change": count // 2, "already": count // 2}
    Plan.objects.filter(pk=plan.pk).update(
        total=count, groups=groups, tally={"applied": count // 2, "skipped": count // 2}, state="completed"
    )


@pytest.mark.parametrize("query", ["", "?group=already", "?state=applied&page=7", "?page=last"])
def test_a_page_costs_the_same_whatever_the_size_and_counts_no_lines(
    query: str, viewer: User, account: Account, sign_in: SignIn
) -> None:
    counts = []
    for size in (60, 2000):
        plan = PlanFactory(enterprise=account.enterprise)
        _grow(plan, account, size)
        browser = sign_in(viewer)
        browser.get(f"/commands/plans/{plan.pk}/")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"/commands/plans/{plan.pk}/{query}").status_code == 200
        counts.append(len(queries))
        lines = [q["sql"] for q in queries if 'FROM "commands_command"' in q["sql"]]
        of_plan = [sql for sql in lines if str(plan.pk).replace("-", "") in sql.replace("-", "")]
        assert len(of_plan) == 1
        assert "COUNT(" not in of_plan[0]
    assert counts[0] == counts[1] <= 16


@pytest.mark.parametrize(
    ("number", "first", "last"), [(1, 0, 49), (2, 50, 99), (3, 100, 149), (4, 150, 170), (9, 150, 170)]
)
def test_each_page_holds_its_lines_in_order_also_when_counted_from_the_end(
    number: int, first: int, last: int, viewer: User, account: Account, sign_in: SignIn
) -> None:
    plan = PlanFactory(enterprise=account.enterprise)
    _grow(plan, account, 171)
    body = sign_in(viewer).get(f"/commands/plans/{plan.pk}/rows/?page={number}").content.decode()
    shown = re.findall(r'id="sim_8999(\d+)"', body)
    assert [int(text) for text in shown] == list(range(first, last + 1))
    assert f"{first + 1}–{last + 1} of 171" in " ".join(body.split())


# --- the list


def test_the_list_filters_by_state_kind_and_person(operator: User, account: Account, sign_in: SignIn) -> None:
    home = account.enterprise
    mine = PlanFactory(enterprise=home, created_by=operator)
    others = PlanFactory(enterprise=home, kind="retire", state="declined")
    foreign = PlanFactory()
    browser = sign_in(operator)

    def shown(query: str) -> set[str]:
        page = text(browser.get(f"/commands/plans/{query}"))
        return {str(plan.pk) for plan in (mine, others, foreign) if f"/commands/plans/{plan.pk}/" in page}

    assert shown("") == {str(mine.pk), str(others.pk)}
    assert shown("?state=declined") == shown("?kind=retire") == {str(others.pk)}
    assert shown("?mine=1") == shown("?kind=suspend&state=draft") == {str(mine.pk)}
    assert shown("?state=nonsense&kind=nonsense&page=x") == {str(mine.pk), str(others.pk)}


def test_the_list_asks_again_while_a_plan_runs(viewer: User, account: Account, sign_in: SignIn) -> None:
    plan = PlanFactory(enterprise=account.enterprise, state="running")
    browser = sign_in(viewer)
    assert 'hx-trigger="every 3s"' in text(browser.get("/commands/plans/"))
    Plan.objects.filter(pk=plan.pk).update(state="completed")
    assert "every 3s" not in text(browser.get("/commands/plans/"))
