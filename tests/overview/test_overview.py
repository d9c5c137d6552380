"""The first page: what it shows, whom, and at what cost.

Seen red: accounts counted over SIM rows, usage of all accounts given to a person of one, a poll that never ends.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enterprise.models import Account, Enterprise
from mirror.models import SyncRun
from sims.account_usage import BIGGEST, OTHERS, fleet_usage
from sims.models import AccountDay, Hint, Sim
from sims.recent import recent_changes
from staff.models import User
from tests.conftest import SignIn
from tests.factories import AccountFactory, EnterpriseFactory, SimFactory, SyncRunFactory, UserFactory
from tests.history_factories import ChangeLogFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LIMIT_QUERIES = 24


def used(account: Account | None, mb: float, *, ago: int = 1, enterprise: Enterprise | None = None) -> None:
    home = account.enterprise if account else enterprise
    assert home is not None
    day = timezone.now().date() - timedelta(days=ago)
    pk = account.pk if account else 0
    AccountDay.objects.create(enterprise=home, account_id=pk, day=day, data_mb=mb, sms=0, voice_min=0)


def test_no_query_looks_at_more_sims_than_it_shows(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    """Counting is for triggers: the table of SIMs is asked for named ICCIDs only."""
    for number in range(12):
        ChangeLogFactory(sim=SimFactory(account=AccountFactory(enterprise=sim.enterprise, name=f"A{number}")))
    browser = sign_in(viewer)
    browser.get("/")
    with CaptureQueriesContext(connection) as queries:
        browser.get("/")
    asked = [query["sql"] for query in queries if '"sims_sim"' in query["sql"]]
    assert [sql for sql in asked if "COUNT(" in sql.upper() or '"giccid" IN' not in sql] == []
    assert len(asked) == 1
    assert len(queries) <= LIMIT_QUERIES


def test_every_card_leads_to_the_list_behind_it(viewer: User, sign_in: SignIn, sim: Sim) -> None:
    SimFactory(account=sim.account, status="DEACTIVATED", missing_since=timezone.now())
    browser = sign_in(viewer)
    cards = browser.get("/").context["cards"]
    assert [(card["value"], card["url"]) for card in cards] == [
        (1, "/sims/?status=ACTIVATED"),
        (0, "/sims/?usage=near&sort=-data"),
        (0, "/sims/?expires=30&sort=expires"),
        (1, "/sims/?fresh=missing"),
        (0, "/enterprise/sync/rejected/"),
        (0, "/sims/drift/"),
        (0, "/commands/needs-person/"),
        (0, "/notifications/"),
    ]
    for card in cards:
        assert browser.get(card["url"]).status_code == 200


def test_usage_by_account_keeps_the_biggest_apart(viewer: User, account: Account) -> None:
    accounts = [account, *AccountFactory.create_batch(BIGGEST + 1, enterprise=account.enterprise)]
    for number, one in enumerate(accounts):
        used(one, 10.0 * (number + 1))
        used(one, 1.0, ago=2)
        used(one, 99999.0, ago=40)
    usage = fleet_usage(viewer, account.enterprise, 30, timezone.now())
    assert [part.account_id for part in usage.parts] == [
        *[one.pk for one in reversed(accounts[2:])],
        OTHERS,
    ]
    yesterday = usage.days[-2]
    assert [part.by_day[yesterday] for part in usage.parts] == [70.0, 60.0, 50.0, 40.0, 30.0, 30.0]
    assert usage.parts[-1].by_day[usage.days[-3]] == 2.0
    assert len(usage.days) == 30


def test_usage_of_other_peoples_accounts_is_not_told(
    viewer: User, outsider: User, account: Account, other_account: Account
) -> None:
    for one in (account, other_account):
        used(one, 5.0)
    used(None, 7.0, enterprise=account.enterprise)
    seen = fleet_usage(outsider, account.enterprise, 30, timezone.now()).parts
    assert [(part.account_id, sum(part.by_day.values())) for part in seen] == [(other_account.pk, 5.0)]
    everything = fleet_usage(viewer, account.enterprise, 30, timezone.now()).parts
    assert sorted(part.account_id for part in everything) == sorted([0, account.pk, other_account.pk])


def test_recent_changes_are_those_of_sims_one_sees(
    viewer: User, outsider: User, sim: Sim, other_account: Account, foreign_sim: Sim
) -> None:
    theirs = SimFactory(account=other_account)
    for number, one in enumerate((sim, theirs, sim, foreign_sim)):
        ChangeLogFactory(sim=one, happened_at=timezone.now() - timedelta(hours=number + 1))
    ChangeLogFactory(sim=sim, giccid="99999")
    assert [one.giccid for one in recent_changes(outsider, sim.enterprise, 8)] == [theirs.giccid]
    everything = [one.giccid for one in recent_changes(viewer, sim.enterprise, 8)]
    assert everything == [sim.giccid, theirs.giccid, sim.giccid]


def test_a_limited_person_is_told_no_count_of_the_whole_enterprise(
    outsider: User, viewer: User, sign_in: SignIn, sim: Sim
) -> None:
    SyncRunFactory(enterprise=sim.enterprise, seen=7654)
    now = timezone.now()
    Hint.objects.create(enterprise=sim.enterprise, giccid="1", reason="delta", hinted_at=now, run_at=now)
    text = sign_in(viewer).get("/").content.decode()
    assert "7,654" in text and "1 SIM waits to be read back." in text
    text = sign_in(outsider).get("/").content.decode()
    assert "7,654" not in text and "to be read back" not in text


# --- a fleet that was never read


def started(**run: Any) -> Enterprise:
    enterprise = EnterpriseFactory(swept_at=None)
    if run:
        SyncRunFactory(enterprise=enterprise, **run)
    return enterprise


@pytest.mark.parametrize(
    ("run", "kind", "words"),
    [
        ({}, "soon", "The first sync is on its way"),
        ({"is_open": True, "expected": 900, "seen": 300}, "running", "300 of 900"),
        ({"state": "waiting", "finished_at": None, "error_kind": "throttled"}, "throttled", "used up"),
        ({"state": "waiting", "finished_at": None, "error_kind": "down"}, "down", "does not answer"),
        ({"state": "failed", "error_kind": "unauthorized"}, "unauthorized", "refuses our API key"),
        ({"state": "failed", "error_kind": ""}, "other", "did not succeed"),
    ],
)
def test_the_page_says_what_a_first_sweep_waits_for_and_asks_again(
    viewer: User, sign_in: SignIn, run: dict[str, Any], kind: str, words: str
) -> None:
    started(**run)
    response = sign_in(viewer).get("/")
    assert response.context["start"]["kind"] == kind
    text = response.content.decode()
    assert words in text
    assert 'hx-trigger="every ' in text.split('id="overview"')[1]


def test_the_fragment_stops_asking_when_the_fleet_is_there(viewer: User, sign_in: SignIn) -> None:
    enterprise = started(is_open=True)
    browser = sign_in(viewer)
    assert browser.get("/", headers=HTMX).status_code == 200
    SyncRun.objects.update(state=SyncRun.State.SUCCEEDED, finished_at=timezone.now())
    Enterprise.objects.filter(pk=enterprise.pk).update(swept_at=timezone.now())
    response = browser.get("/", headers=HTMX)
    assert response.status_code == 286
    text = response.content.decode()
    assert text.lstrip().startswith('<div id="overview"')
    assert "every 2s" not in text
    assert "SmartHub lists no SIM" in text


@pytest.mark.parametrize(
    ("role", "enterprise", "action"),
    [
        ("admin", {"api_key": ""}, "Open the connection"),
        ("viewer", {"api_key": ""}, ""),
        ("viewer", {"is_enabled": False}, ""),
    ],
)
def test_only_who_may_enter_a_key_is_asked_to(
    sign_in: SignIn, role: str, enterprise: dict[str, Any], action: str
) -> None:
    EnterpriseFactory(swept_at=None, **enterprise)
    text = sign_in(UserFactory(role=role)).get("/").content.decode()
    assert ("Open the connection" in text) is bool(action)
    assert "empty-state" in text


def test_a_limited_person_sees_a_first_sweep_in_percent(sign_in: SignIn) -> None:
    enterprise = started(is_open=True, expected=9000, seen=3000)
    limited = UserFactory(role="viewer", accounts=[AccountFactory(enterprise=enterprise)])
    text = sign_in(limited).get("/").content.decode()
    assert "33 % of the enterprise" in text
    assert "9,000" not in text and "3,000" not in text
