"""What became of accepted messages: a push is a hint, a reading decides, and no state ever moves backwards.

Aims at: a forged or late report believed, a message asked about without end, a proof taken for another message's.
"""

import random
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from commands import decisions, execute
from commands.models import Command, State
from messaging import reports
from messaging.models import Message, Policy
from messaging.states import RANK, MessageState
from notifications import message_reads, process
from notifications.models import Event
from sims.models import Sim
from smarthub_client import SmartHubClient
from staff.models import User
from tests.client.servers import answer_json
from tests.commands.conftest import after
from tests.commands.platform import LOST_AFTER, Answer, Platform, problem
from tests.messaging.conftest import fresh, order_of, send
from tests.notifications.sender import push

pytestmark = pytest.mark.django_db


def report(message: Message, status: str, remote_id: str = "") -> Event:
    """A push that claims this of the message."""
    fields = {"giccid": message.giccid, "smsMsgId": remote_id or message.remote_id, "status": status}
    answer = push(message.enterprise, "mt-sms-status", updatedTime=str(random.random()), **fields)
    assert answer.status_code == 200
    process.work()
    return Event.objects.latest("pk")


def say(platform: Platform, message: Message, status: str) -> None:
    told = platform.messages[message.remote_id]
    told.update(status=status, deliveredTime="2026-11-27T10:00:00+0000" if status == "DELIVERED" else None)


def test_a_true_report_is_confirmed_at_once_by_a_reading(
    operator: User, phone: Sim, platform: Platform
) -> None:
    message = send(operator, phone)
    say(platform, message, "DELIVERED")
    event = report(message, "DELIVERED")
    assert (event.verdict, fresh(message).state) == (Event.Verdict.PENDING, "accepted")
    assert fresh(message).claimed == "DELIVERED"
    assert reports.work(phone.enterprise_id) == 1
    message = fresh(message)
    assert (message.state, message.remote_status) == ("delivered", "DELIVERED")
    assert message.delivered_at and message.delivered_at.hour == 10
    event.refresh_from_db()
    assert (event.verdict, event.observed) == (Event.Verdict.CONFIRMED, "DELIVERED")
    assert reports.work(phone.enterprise_id) == 0


def test_row_6_a_lying_report_changes_nothing(operator: User, phone: Sim, platform: Platform) -> None:
    message = send(operator, phone)
    say(platform, message, "DELIVERED")
    event = report(message, "FAILED")
    reports.work(phone.enterprise_id)
    event.refresh_from_db()
    assert (fresh(message).state, event.verdict) == ("delivered", Event.Verdict.CONTRADICTED)


def test_a_report_of_what_is_known_costs_no_call(operator: User, phone: Sim, platform: Platform) -> None:
    message = send(operator, phone)
    say(platform, message, "DELIVERED")
    report(message, "DELIVERED")
    reports.work(phone.enterprise_id)
    asked = len(platform.asked)
    for claimed, verdict in (
        ("DELIVERED", "confirmed"),
        ("FAILED", "contradicted"),
        ("PENDING", "unverified"),
    ):
        assert report(message, claimed).verdict == verdict
    assert reports.work(phone.enterprise_id) == message_reads.work(timezone.now()) == 0
    assert len(platform.asked) == asked


def test_without_reports_it_is_asked_ever_more_seldom_until_no_report(
    operator: User, phone: Sim, platform: Platform
) -> None:
    message = send(operator, phone)
    start, moments = timezone.now(), []
    for minutes in range(0, 60 * 74, 5):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            if reports.work(phone.enterprise_id):
                moments.append(minutes)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert gaps[:-1] == sorted(gaps[:-1])  # the last one is the deadline
    assert len(moments) <= 14
    assert fresh(message).state == "no_report"
    assert moments[-1] >= 72 * 60


def test_a_report_after_the_deadline_still_counts(operator: User, phone: Sim, platform: Platform) -> None:
    Policy.objects.create(enterprise=phone.enterprise, report_hours=1)
    message = send(operator, phone)
    with after(2 * 3600):
        reports.work(phone.enterprise_id)
        assert fresh(message).state == "no_report"
        say(platform, message, "DELIVERED")
        report(message, "DELIVERED")
        reports.work(phone.enterprise_id)
    assert fresh(message).state == "delivered"


def test_what_could_not_be_asked_about_is_closed_all_the_same(operator: User, phone: Sim) -> None:
    message = send(operator, phone)
    with after(72 * 3600):
        assert reports.close_overdue(timezone.now()) == 0
    with after(74 * 3600):
        assert reports.close_overdue(timezone.now()) == 1
    assert fresh(message).state == "no_report"


@pytest.mark.parametrize("seed", range(8))
def test_reports_in_any_order_never_move_a_state_backwards(
    seed: int, operator: User, phone: Sim, platform: Platform
) -> None:
    """Seen red: with `ahead` not filtered by `before(end)`."""
    rng, message = random.Random(seed), send(operator, phone)
    truth = ["PENDING", "PENDING", "FAILED", "DELIVERED"]
    ranks = [RANK[MessageState(message.state)]]
    for step in range(12):
        say(platform, message, rng.choice(truth[step // 4 :]))
        report(message, rng.choice(["PENDING", "DELIVERED", "FAILED", "SENT", "delivered"]))
        with after(step * 3600):
            reports.work(phone.enterprise_id)
        ranks.append(RANK[MessageState(fresh(message).state)])
    assert ranks == sorted(ranks)


def test_the_budget_or_a_broken_platform_only_delays(operator: User, phone: Sim, platform: Platform) -> None:
    message = send(operator, phone)
    report(message, "DELIVERED")
    say(platform, message, "DELIVERED")
    platform.reads.extend([Answer("no", steps=(problem(500),))] * 5)
    assert reports.work(phone.enterprise_id) == 0
    assert fresh(message).state == "accepted"
    platform.reads.clear()
    with after(60):
        assert reports.work(phone.enterprise_id) == 1
    assert fresh(message).state == "delivered"


def test_row_6_whoever_knows_an_id_cannot_have_it_asked_about_without_end(
    operator: User, phone: Sim, platform: Platform
) -> None:
    """Seen red: every claim asked at once, 40 readings."""
    message = send(operator, phone)
    asked = 0
    for n in range(40):
        with after(n):
            report(message, ["DELIVERED", "FAILED"][n % 2])
            asked += reports.work(phone.enterprise_id)
    assert asked == reports.EAGER


@pytest.mark.parametrize(
    "odd", [problem(400), answer_json({"nothing": 1}), answer_json({"smsMsgId": "x", "status": "P"})]
)
def test_row_8_an_odd_answer_about_one_does_not_keep_the_others_waiting(
    odd: bytes, operator: User, phone: Sim, platform: Platform
) -> None:
    """Seen red: the odd one gave the whole batch back, every 15 seconds."""
    sent = [send(operator, phone, text) for text in ("odd", "good")]
    for message in sent:
        say(platform, message, "DELIVERED")
        report(message, "DELIVERED")
    platform.reads.append(Answer("odd", steps=(odd,)))
    assert reports.work(phone.enterprise_id) == 2
    assert [fresh(message).state for message in sent] == ["accepted", "delivered"]
    assert fresh(sent[0]).polls == 1
    assert reports.work(phone.enterprise_id) == 0


def test_a_push_that_comes_during_a_reading_is_not_forgotten(
    operator: User, phone: Sim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen red: the next reading was put off by the pause of the one under way."""
    message, ask = send(operator, phone), SmartHubClient.query_sms

    def meanwhile(client: SmartHubClient, remote_id: str) -> Any:
        reports.hint(message.enterprise_id, {remote_id: "DELIVERED"})
        return ask(client, remote_id)

    monkeypatch.setattr(SmartHubClient, "query_sms", meanwhile)
    with after(30):
        assert reports.work(phone.enterprise_id) >= 1
        assert fresh(message).run_at <= timezone.now()


def test_no_more_than_the_hours_share_is_asked(
    operator: User, phone: Sim, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "AN_HOUR", 2)
    sent = [send(operator, phone, text) for text in ("a", "b", "c")]
    for message in sent:
        say(platform, message, "DELIVERED")
        report(message, "DELIVERED")
    assert reports.work(phone.enterprise_id) == 2
    assert reports.work(phone.enterprise_id) == 0
    with after(3700):
        assert reports.work(phone.enterprise_id) == 1


# --- proofs


def test_a_report_about_a_message_without_an_answer_proves_that_it_was_sent(
    operator: User, phone: Sim, platform: Platform
) -> None:
    platform.answers.append(LOST_AFTER)
    message = send(operator, phone)
    platform.messages["m1"].update(status="DELIVERED", deliveredTime="2026-11-27T10:00:00+0000")
    event = report(message, "DELIVERED", "m1")
    assert message_reads.work(timezone.now()) == 1
    message = fresh(message)
    assert (message.state, message.remote_id) == ("accepted", "m1")
    assert order_of(message).state == State.APPLIED
    event.refresh_from_db()
    assert event.verdict == Event.Verdict.CONFIRMED
    with after(30):
        reports.work(phone.enterprise_id)
    assert fresh(message).state == "delivered"


@pytest.mark.parametrize(
    "differs",
    [
        {"messageText": "Status? "},
        {"toGiccid": "8900000000000000001"},
        {"createdTime": "2026-11-01T00:00:00+0000"},
        {"createdTime": None},
    ],
)
def test_one_that_differs_in_anything_proves_nothing(
    differs: dict[str, str], operator: User, phone: Sim, platform: Platform
) -> None:
    platform.answers.append(LOST_AFTER)
    message = send(operator, phone)
    platform.messages["m1"].update(**differs)
    report(message, "DELIVERED", "m1")
    message_reads.work(timezone.now())
    assert fresh(message).state == "unknown"


def test_with_two_alike_nobody_can_tell_which(operator: User, phone: Sim, platform: Platform) -> None:
    for _ in range(2):
        platform.answers.append(LOST_AFTER)
        message = send(operator, phone)
    report(message, "DELIVERED", "m1")
    message_reads.work(timezone.now())
    assert set(Message.objects.values_list("state", flat=True)) == {"unknown"}


@pytest.mark.parametrize("decide", [decisions.mark_applied, decisions.mark_not_applied, decisions.reissue])
def test_one_a_person_decided_about_can_still_be_the_one(
    decide: Any, operator: User, approver: User, phone: Sim, platform: Platform
) -> None:
    """Seen red: with only those that are still open asked about, the second was proven by the first one's report."""
    platform.answers.append(LOST_AFTER)
    first = send(operator, phone)
    Command.objects.update(state=State.NEEDS_HUMAN)
    more = {"is_sure": True} if decide is decisions.reissue else {}
    decide(approver, order_of(first), "asked the driver", **more)
    execute.dispatch(phone.enterprise_id)
    platform.answers.append(LOST_AFTER)
    second = send(operator, phone)
    report(second, "DELIVERED", "m1")
    message_reads.work(timezone.now())
    assert fresh(second).state == "unknown"


def test_a_message_of_known_outcome_proves_nothing_about_another(
    operator: User, phone: Sim, platform: Platform
) -> None:
    known = send(operator, phone)
    platform.answers.append(LOST_AFTER)
    lost = send(operator, phone)
    report(known, "DELIVERED")
    reports.work(phone.enterprise_id)
    message_reads.work(timezone.now())
    assert fresh(lost).state == "unknown"
