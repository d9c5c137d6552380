"""The audit trail can't be edited quietly, and reads like sentences.

Aims at: each trigger dropped, the lock left out of `staff_audit_chain`, the hash taken over less than everything,
`actor` deleted with SET_NULL, the filters left out one by one.
"""

from datetime import timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from staff import audit, audit_check, audit_queries, deeds
from staff.models import AuditEvent
from tests.browser.database import url_of
from tests.command_factories import PlanFactory
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
EDITS = {
    "another person": "UPDATE staff_auditevent SET actor_name = 'somebody else' WHERE id = 2",
    "another person's number": "UPDATE staff_auditevent SET actor_id = 4711 WHERE id = 2",
    "another deed": "UPDATE staff_auditevent SET deed = 'plan.resume' WHERE id = 2",
    "another thing": "UPDATE staff_auditevent SET about = 'nothing' WHERE id = 2",
    "another detail": "UPDATE staff_auditevent SET detail = detail || '{\"change\": 1}' WHERE id = 2",
    "another time": "UPDATE staff_auditevent SET at = at - interval '1 microsecond' WHERE id = 2",
    "no alarm": "UPDATE staff_auditevent SET is_alarm = NOT is_alarm WHERE id = 2",
    "removed": "DELETE FROM staff_auditevent WHERE id = 2",
    "removed, the rest numbered anew": "DELETE FROM staff_auditevent WHERE id = 2;"
    " UPDATE staff_auditevent SET id = 2 WHERE id = 3",
    "the first one removed": "DELETE FROM staff_auditevent WHERE id = 1",
}


@pytest.fixture
def three(approver):
    """Three events of a plan, the last one an alarm."""
    return [
        audit.record(approver, "plan.submit", "p", detail={"change": 312, "text": "中文", "share": 1.50}),
        audit.record(approver, "plan.approve", "p", detail={"reason": "agreed"}),
        audit.record(None, "plan.bypass", "p", is_alarm=True),
    ]


def edit(sql):
    """As somebody would who owns the database."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE staff_auditevent DISABLE TRIGGER USER")
        cursor.execute(sql)
        cursor.execute("ALTER TABLE staff_auditevent ENABLE TRIGGER USER")


def verify(**options):
    out = StringIO()
    call_command("verify_audit", stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE staff_auditevent SET about = 'x'",
        "DELETE FROM staff_auditevent",
        "TRUNCATE staff_auditevent",
        "UPDATE staff_auditevent SET about = 'x' WHERE false",
    ],
)
def test_the_database_refuses_to_edit(three, sql):
    before = list(AuditEvent.objects.values_list())
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)
    assert list(AuditEvent.objects.values_list()) == before


def test_each_event_holds_the_fingerprint_of_the_one_before(three):
    assert [event.pk for event in three] == [1, 2, 3]
    assert [event.previous for event in three] == ["", three[0].hash, three[1].hash]
    assert len({event.hash for event in three}) == 3
    assert verify() == f"3 events, unbroken. Head: 3 {three[2].hash}\n"


def test_an_empty_trail_is_whole():
    assert verify() == "0 events, unbroken. Head: 0 (empty)\n"


@pytest.mark.parametrize("what", EDITS)
def test_an_owner_s_edit_is_found(three, what):
    edit(EDITS[what])
    with pytest.raises(CommandError, match=r"was edited: event [12] "):
        verify()


def test_the_first_broken_row_is_named(three, approver):
    edit(EDITS["another detail"])
    verdict = audit_check.check()
    assert verdict.broken == "event 2 (plan.approve by approver) is not as it was written"
    assert (verdict.count, verdict.head) == (1, three[0].hash)


def test_a_cut_off_end_is_found_by_the_head_noted_before(three):
    edit("DELETE FROM staff_auditevent WHERE id = 3")
    assert verify().startswith("2 events, unbroken")
    assert verify(head=three[1].hash).startswith("2 events, unbroken")
    with pytest.raises(CommandError, match="cut off"):
        verify(head=three[2].hash)


def test_a_person_may_be_deleted_and_the_trail_stays_whole(three, approver):
    approver.delete()
    event = AuditEvent.objects.get(pk=1)
    assert (event.actor_name, event.actor_id) == ("approver", three[0].actor_id)
    assert verify().startswith("3 events, unbroken")


def test_a_long_trail_is_read_in_pieces(approver, monkeypatch):
    monkeypatch.setattr(audit_check, "PIECE", 2)
    for number in range(5):
        audit.record(approver, "plan.pause", number)
    assert verify().startswith("5 events, unbroken. Head: 5 ")


def test_two_deeds_at_once_make_one_chain():
    """Of two connections the second waits for the first one. Rolled back, so that nothing stays."""
    insert = (
        "INSERT INTO staff_auditevent (at, actor_name, deed, about, detail, is_alarm)"
        " VALUES (now(), 'x', 'a.b', 'c', '{}', false)"
    )
    url = url_of(connection.settings_dict["NAME"])
    with psycopg.connect(url) as first, psycopg.connect(url) as second:
        first.execute(insert)
        held = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
        )
        # Without it the second one would wait as well, for the unique constraint, but then fail instead of following.
        assert first.execute(held).fetchone() == (1,)
        second.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute(insert)
        first.rollback()
        second.rollback()


# --- how it reads


def test_sentences_name_the_change_and_lead_to_it(approver, enterprise):
    plan = PlanFactory(kind="suspend", enterprise=enterprise)
    event = audit.record(
        approver,
        "plan.bypass",
        plan.pk,
        detail={"kind": "suspend", "change": 312, "enterprise": "Home", "reason": "fire"},
        is_alarm=True,
    )
    line = audit_queries.line_of(event)
    assert line.sentence == "released a plan without a second person: Suspend 312 SIMs (Home)"
    assert line.reason == "fire"


@pytest.mark.parametrize("detail", [{}, [], {"kind": "gone", "change": "x"}, "text", None])
def test_an_event_nobody_understands_is_shown_as_it_is(detail):
    for name in [*(deed.name for deed in deeds.all_deeds()), "planet.explode"]:
        assert str(deeds.sentence(name, detail, "thing"))


def test_an_unknown_kind_keeps_its_name():
    detail = {"kind": "teleport", "change": 3, "enterprise": "Home"}
    assert deeds.sentence("plan.submit", detail, "x") == "submitted a plan: teleport, 3 (Home)"


def test_rules_are_named_as_on_their_page():
    detail = {"changes": {"approval_over": [100, 50], "gone": [1, 2]}}
    told = "changed the rules for changes of Home: second person above (SIMs): 100 → 50, gone: 1 → 2"
    assert deeds.sentence("rules.change", detail, "Home") == told


def read(person, **query):
    return [line.event.pk for line in audit_queries.read(person, audit_queries.Wanted.of(query)).lines]


def test_filters(three, approver, operator):
    audit.record(operator, "plan.submit", "other")
    assert read(approver) == [4, 3, 2, 1]
    assert read(approver, who="operator") == [4]
    assert read(approver, deed="plan.submit") == [4, 1]
    assert read(approver, alarms="1") == [3]
    assert read(approver, before="3") == [2, 1]
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert read(approver, since=tomorrow.isoformat()) == []
    assert read(approver, since=timezone.localdate().isoformat()) == [4, 3, 2, 1]


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-02-31"},
        {"since": "9999-12-31x"},
        {"since": "0001-01-01"},
        {"before": "9" * 40},
        {"before": "٣"},
        {"deed": "x"},
        {"alarms": "2"},
        {"who": "\0"},
    ],
)
def test_odd_filters_are_no_filters(three, approver, sign_in, query):
    assert read(approver, **query) == [3, 2, 1]
    assert sign_in(approver).get("/staff/audit/", query).status_code == 200


def test_a_page_leads_to_the_next(approver, monkeypatch):
    monkeypatch.setattr(audit_queries, "PAGE", 2)
    for number in range(5):
        audit.record(approver, "plan.pause", number)
    seen, older = [], ""
    while older is not None:
        piece = audit_queries.read(approver, audit_queries.Wanted.of({"before": str(older)}))
        seen.append([line.event.pk for line in piece.lines])
        older = piece.older
    assert seen == [[5, 4], [3, 2], [1]]


def test_who_is_limited_to_accounts_reads_only_their_own_deeds(three, account):
    limited = UserFactory(role="approver", accounts=[account])
    own = audit.record(limited, "plan.pause", "mine")
    assert read(limited) == [own.pk]


def test_an_operator_may_not_read_it(three, operator, sign_in):
    assert sign_in(operator).get("/staff/audit/").status_code == 403


def test_an_alarm_is_shouted_on_the_page_and_for_a_week_on_the_overview(
    approver, operator, enterprise, sign_in
):
    plan = PlanFactory(kind="retire", enterprise=enterprise)
    detail = {"kind": "retire", "change": 3, "enterprise": enterprise.name, "reason": "The building burns"}
    audit.record(operator, "plan.bypass", plan.pk, detail=detail, is_alarm=True)
    words = b"released a plan without a second person: Retire 3 SIMs for ever"
    assert words in sign_in(approver).get("/").content
    assert words not in sign_in(operator).get("/").content
    page = sign_in(approver).get("/staff/audit/").content
    assert b"alarm-row" in page and words in page and b"The building burns" in page
    edit("UPDATE staff_auditevent SET at = now() - interval '7 days 1 minute'")
    assert words not in sign_in(approver).get("/").content


def test_an_alarm_about_sims_out_of_sight_is_not_told(account, other_account, admin, sign_in):
    plan = PlanFactory(kind="retire", enterprise=account.enterprise, account_ids=[account.pk])
    detail = {"kind": "retire", "change": 3, "enterprise": "Secret", "reason": "x"}
    audit.record(admin, "plan.bypass", plan.pk, detail=detail, is_alarm=True)
    insider = UserFactory(role="approver", accounts=[account])
    outsider = UserFactory(role="approver", accounts=[other_account])
    assert b"Secret" in sign_in(insider).get("/").content
    assert b"Secret" not in sign_in(outsider).get("/").content


def test_the_rail_leads_to_it_for_who_may(approver, operator, sign_in):
    assert b'href="/staff/audit/"' in sign_in(approver).get("/").content
    assert b'href="/staff/audit/"' not in sign_in(operator).get("/").content
