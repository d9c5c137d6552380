"""The pages of orders.

Aims at: an order of another account in the list, places taken by time alone (orders of one moment were skipped), a
poll that went on after the end.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commands import command_filters, evidence_words, slices
from commands.models import Command, Plan, State
from tests import factories
from tests.command_factories import AttemptFactory, CommandFactory, PlanFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def plan(enterprise, operator):
    return PlanFactory(
        enterprise=enterprise, state=Plan.State.COMPLETED, submitted_by=operator, reason="Winter break"
    )


def _order(account, plan, **values):
    sim = factories.SimFactory(account=account, status="ACTIVATED")
    return CommandFactory(sim=sim, plan=plan, **({"state": State.APPLIED} | values))


def _shown(browser, query=""):
    response = browser.get(f"/commands/{query}")
    assert response.status_code == 200
    return [row["order"].pk for row in response.context["rows"]]


def test_the_list_shows_what_was_ordered_newest_change_first(account, plan, viewer, sign_in):
    old, new = (_order(account, plan) for _n in range(2))
    Command.objects.filter(pk=new.pk).update(changed_at=timezone.now() - timedelta(hours=1))
    for state in (State.PLANNED, State.SKIPPED):
        _order(account, plan, state=state)
    assert _shown(sign_in(viewer)) == [old.pk, new.pk]


def test_a_line_tells_what_who_and_why(account, plan, viewer, sign_in):
    order = _order(account, plan)
    page = sign_in(viewer).get("/commands/").content.decode()
    for words in ("Suspend", "Activated", "Suspended", "Winter break", "operator", order.giccid):
        assert words in page


def test_people_limited_to_accounts_see_the_orders_of_these(account, other_account, plan, outsider, sign_in):
    _order(account, plan)
    own = _order(other_account, plan)
    assert _shown(sign_in(outsider)) == [own.pk]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?state=applied", ["applied"]),
        ("?state=failed", ["rejected", "not_applied"]),
        ("?state=open", ["unknown"]),
        ("?state=needs_human", ["needs_human"]),
        ("?who=operator&kind=suspend", ["applied", "rejected", "not_applied", "unknown", "needs_human"]),
        ("?who=nobody-of-that-name", []),
        ("?kind=retire", []),
        ("?since=2999-01-01", []),
        ("?since=2020-01-01&state=rejected", ["rejected"]),
        ("?plan={plan}&state=rejected", ["rejected"]),
        ("?plan=11111111-1111-4111-8111-111111111111", []),
    ],
)
def test_a_filter_of_the_address_narrows_the_list(query, expected, account, plan, viewer, sign_in):
    states = ["applied", "rejected", "not_applied", "unknown", "needs_human"]
    by_state = {state: _order(account, plan, state=state).pk for state in states}
    found = _shown(sign_in(viewer), query.format(plan=plan.pk))
    assert set(found) == {by_state[state] for state in expected}


def test_an_iccid_is_found_whole_by_its_beginning_and_by_any_part(account, plan, viewer, sign_in):
    order, _other = _order(account, plan), _order(account, plan)
    browser, giccid = sign_in(viewer), order.giccid
    assert _shown(browser, f"?iccid={giccid}") == [order.pk]
    assert order.pk in _shown(browser, f"?iccid={giccid[:8]}")
    assert _shown(browser, f"?iccid={giccid[-6:]}") == [order.pk]
    assert _shown(browser, f"?iccid={giccid[:4]}+{giccid[4:]}") == [order.pk]


@pytest.mark.parametrize(
    "query",
    [
        "?iccid=12",
        "?iccid=abcd",
        "?state=exploded",
        "?since=yesterday",
        "?plan=1",
        "?kind=none",
        "?iccid=%00123",
    ],
)
def test_a_filter_that_makes_no_sense_is_told_and_not_applied(query, account, plan, viewer, sign_in):
    order = _order(account, plan)
    assert _shown(sign_in(viewer), query) == [order.pk]
    assert (
        "was not understood and is not applied" in sign_in(viewer).get(f"/commands/{query}").content.decode()
    )


def test_with_many_plans_people_and_kinds_are_found_all_the_same(monkeypatch, account, plan, viewer, sign_in):
    monkeypatch.setattr(command_filters, "MOST_PLANS", 0)
    order = _order(account, plan)
    assert _shown(sign_in(viewer), "?who=operator&kind=suspend") == [order.pk]
    assert _shown(sign_in(viewer), "?who=viewer") == []


# --- slices


def test_walking_older_and_back_meets_every_order_once_even_of_one_moment(account, plan):
    orders = [_order(account, plan) for _n in range(7)]
    at = datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC)
    Command.objects.filter(pk__in=[order.pk for order in orders]).update(changed_at=at)
    every = Command.objects.order_by("-changed_at", "-pk")
    first = slices.slice_of(every, size=3)
    second = slices.slice_of(every, before=first.older, size=3)
    third = slices.slice_of(every, before=second.older, size=3)
    met = [row.pk for part in (first, second, third) for row in part.rows]
    assert met == [order.pk for order in reversed(orders)]
    assert (first.newer, third.older) == ("", "")
    back = slices.slice_of(every, after=third.newer, size=3)
    assert [row.pk for row in back.rows] == [row.pk for row in second.rows]
    top = slices.slice_of(every, after=second.newer, size=3)
    assert [row.pk for row in top.rows] == [row.pk for row in first.rows]


@pytest.mark.parametrize(
    "place", ["x", "1-", "-1", "9" * 40 + "-1", "1-" + "9" * 40, "²-1", "99999999999999999-1"]
)
def test_a_place_that_makes_no_sense_gives_the_newest(place, account, plan):
    order = _order(account, plan)
    for part in (
        slices.slice_of(Command.objects.all(), before=place),
        slices.slice_of(Command.objects.all(), after=place),
    ):
        assert [row.pk for row in part.rows] == [order.pk]


def test_the_list_costs_no_more_with_more_orders(account, plan, viewer, sign_in):
    browser, counts = sign_in(viewer), []
    for amount in (2, 20):
        for _n in range(amount):
            _order(account, plan, state=State.NEEDS_HUMAN)
        browser.get("/commands/")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/commands/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- one order


def test_an_order_shows_its_requests_with_their_answers(account, plan, viewer, sign_in):
    order = _order(account, plan, state=State.REJECTED, error="409 Conflict", why="ILLEGAL_STATE")
    AttemptFactory(command=order, status=409, outcome="refused", error_class="Conflict", request_id="abc-123")
    page = sign_in(viewer).get(f"/commands/{order.pk}/").content.decode()
    for words in ("abc-123", "409", "refused", "Conflict", "ILLEGAL_STATE", "Winter break"):
        assert words in page


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"by": "baseline", "held": 2}, "Before it was sent, the SIM held this plan 2 times."),
        ({"by": "read", "saw": "ACTIVATED"}, "Read: SIM is still Activated."),
        ({"by": "read", "saw": "DEACTIVATED"}, "Read: SIM is now Suspended."),
        ({"by": "read", "saw": "RETIRED"}, "Read: SIM is Retired."),
        ({"by": "read", "saw": None}, "Read: SmartHub's answer does not tell about this SIM."),
        ({"by": "job", "jobId": "j-1"}, "Batch job j-1 told about this SIM."),
        ({"by": "task", "error": "no"}, "The job's task for this SIM failed: no"),
        (
            {"by": "change_log", "type": "LOCAL_STATUS", "original": "ACTIVATED", "target": "DEACTIVATED"},
            "SmartHub's change log: LOCAL_STATUS Activated → Suspended.",
        ),
        ({"by": "change_logs", "entries": []}, "SmartHub's change log was asked: it tells of no change."),
        ({"by": "change_logs", "error": "400"}, "SmartHub's change log could not be asked: 400"),
        (
            {"by": "change_logs", "entries": [{"type": "X", "target": "RETIRED", "has_failed": True}, 7]},
            "SmartHub's change log was asked: X – → Retired (failed).",
        ),
        ({"by": "unreadable", "error": "503"}, "The SIM could not be read: 503"),
        ({"by": "reissue"}, "Read twice as not applied, so it was queued to be sent again."),
        ({"by": "person", "who": "Ann", "choice": "applied"}, "Ann marked it as applied."),
        ({"by": "new"}, '{"by": "new"}'),
    ],
)
def test_evidence_reads_as_a_sentence(entry, text, account, plan):
    order = _order(account, plan, evidence=[entry])
    assert [line["text"] for line in evidence_words.lines(order)] == [text]


@pytest.mark.parametrize("evidence", [[7, "x", None], {}, [{"at": "never", "by": "read"}], [{"at": 7}]])
def test_evidence_of_another_shape_breaks_nothing(evidence, account, plan, viewer, sign_in):
    order = _order(account, plan, evidence=evidence)
    assert sign_in(viewer).get(f"/commands/{order.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("state", "status"),
    [(State.SENT, 200), (State.UNKNOWN, 200), (State.APPLIED, 286), (State.NEEDS_HUMAN, 286)],
)
def test_the_page_asks_again_only_while_the_order_is_under_way(state, status, account, plan, viewer, sign_in):
    order = _order(account, plan, state=state)
    response = sign_in(viewer).get(f"/commands/{order.pk}/", headers=HTMX)
    assert response.status_code == status
    assert (b"hx-trigger" in response.content) == (status == 200)


def test_a_line_of_a_plan_is_no_order_yet(account, plan, viewer, sign_in):
    line = _order(account, plan, state=State.PLANNED)
    assert sign_in(viewer).get(f"/commands/{line.pk}/").status_code == 404
