"""A report about a message is a hint, too: the platform is asked for the message, and not without end.

Aims at: a report believed unasked, a flood that costs as many calls, a report that waits for ever.
"""

from datetime import timedelta
from typing import Any

import pytest
import responses
from django.utils import timezone

from notifications import message_reads, process, verdicts
from notifications.models import Event
from sims.models import Sim
from tests.factories import BASE_URL
from tests.notifications.sender import push

pytestmark = pytest.mark.django_db
Verdict = Event.Verdict


def report(sim: Sim, message: str = "m1", status: str = "DELIVERED", **more: str) -> None:
    answer = push(sim.enterprise, "mt-sms-status", giccid=sim.giccid, smsMsgId=message, status=status, **more)
    assert answer.status_code == 200
    process.work()


def says(smarthub: responses.RequestsMock, status: str, message: str = "m1") -> None:
    smarthub.get(f"{BASE_URL}/mt-sms/{message}", json={"smsMsgId": message, "status": status})


@pytest.mark.parametrize(
    ("claimed", "read", "verdict"),
    [
        ("DELIVERED", "DELIVERED", Verdict.CONFIRMED),
        ("FAILED", "DELIVERED", Verdict.CONTRADICTED),
        ("PENDING", "DELIVERED", Verdict.UNVERIFIED),
        ("DELIVERED", "PENDING", Verdict.UNVERIFIED),
    ],
)
def test_what_the_platform_says_of_the_message_judges_the_report(
    sim: Sim, smarthub: responses.RequestsMock, claimed: str, read: str, verdict: str
):
    says(smarthub, read)
    report(sim, status=claimed)
    assert Event.objects.get().verdict == Verdict.PENDING
    assert message_reads.work(timezone.now()) == 1
    event = Event.objects.get()
    assert (event.verdict, event.observed) == (verdict, read)
    assert message_reads.work(timezone.now()) == 0


def test_a_message_nobody_sent_is_a_contradiction(sim: Sim, smarthub: responses.RequestsMock):
    smarthub.get(f"{BASE_URL}/mt-sms/m1", status=404, json={"message": "no such message"})
    report(sim)
    message_reads.work(timezone.now())
    assert Event.objects.get().verdict == Verdict.CONTRADICTED


def test_a_flood_of_reports_costs_no_more_than_its_share_an_hour(sim: Sim, smarthub: responses.RequestsMock):
    for n in range(message_reads.AN_HOUR + 20):
        says(smarthub, "DELIVERED", f"m{n}")
        report(sim, f"m{n}")
    while message_reads.work(timezone.now()):
        pass
    assert len(smarthub.calls) == message_reads.AN_HOUR
    assert Event.objects.filter(verdict=Verdict.UNVERIFIED).count() == 20
    Event.objects.update(settled_at=timezone.now() - timedelta(hours=2))
    says(smarthub, "DELIVERED", "later")
    report(sim, "later")
    assert message_reads.work(timezone.now()) == 1


def test_reports_about_sims_nobody_knows_or_without_a_message_are_not_asked(sim: Sim):
    push(sim.enterprise, "mt-sms-status", giccid="8900000000000000001", smsMsgId="m1", status="FAILED")
    push(sim.enterprise, "mt-sms-status", giccid=sim.giccid, status="FAILED")
    push(sim.enterprise, "mt-sms-status", giccid=sim.giccid, smsMsgId={"a": 1}, status="FAILED")
    process.work()
    assert set(Event.objects.values_list("verdict", flat=True)) == {Verdict.UNVERIFIED}
    assert message_reads.work(timezone.now()) == 0


def test_while_the_platform_is_away_it_waits_and_is_given_up_in_the_end(
    sim: Sim, smarthub: responses.RequestsMock
):
    smarthub.get(f"{BASE_URL}/mt-sms/m1", status=503)
    report(sim)
    assert message_reads.work(timezone.now()) == 0
    assert Event.objects.get().verdict == Verdict.PENDING
    verdicts.close_forgotten(timezone.now() + timedelta(minutes=11))
    assert Event.objects.get().verdict == Verdict.UNVERIFIED


@pytest.mark.parametrize("odd", [{"status": 400, "json": {}}, {"json": {"smsMsgId": "other", "status": "X"}}])
def test_an_odd_answer_is_asked_for_once_and_keeps_nobody_waiting(
    odd: dict[str, Any], sim: Sim, smarthub: responses.RequestsMock
):
    """Seen red: it was asked again at every look, and those behind it were not."""
    smarthub.get(f"{BASE_URL}/mt-sms/odd", **odd)
    says(smarthub, "DELIVERED", "good")
    report(sim, "odd")
    report(sim, "good")
    assert message_reads.work(timezone.now()) == 2
    assert message_reads.work(timezone.now()) == 0
    assert set(Event.objects.values_list("verdict", flat=True)) == {Verdict.UNVERIFIED, Verdict.CONFIRMED}


def test_a_status_the_database_cannot_hold_is_kept_as_far_as_it_can(
    sim: Sim, smarthub: responses.RequestsMock
):
    says(smarthub, "DELI\0VERED")
    report(sim)
    assert message_reads.work(timezone.now()) == 1
    assert Event.objects.get().observed == "DELIVERED"
