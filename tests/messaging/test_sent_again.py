"""Sent again: by people only, once warned, and never to a SIM that has got it meanwhile.

Aims at: a second copy nobody wanted, an outcome nobody saw that turns into a certain one.
"""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from commands import decisions, execute, plans, repeat, settle
from commands.models import Command, Plan, State
from commands.refusals import Refused
from sims.models import Sim
from staff.models import AuditEvent, User
from tests.commands.conftest import after
from tests.commands.platform import LOST_AFTER, LOST_BEFORE, Platform
from tests.factories import SimFactory
from tests.messaging.conftest import fresh, order_of, send, write

pytestmark = pytest.mark.django_db


def test_a_person_may_send_it_again_once_warned(
    operator: User, approver: User, phone: Sim, platform: Platform
):
    platform.answers.append(LOST_BEFORE)
    message = send(operator, phone)
    with after(600):
        settle.settle(phone.enterprise_id)
    with pytest.raises(Refused, match="twice"):
        decisions.reissue(approver, order_of(message), "nobody got it")
    decisions.reissue(approver, order_of(message), "nobody got it", is_sure=True)
    assert fresh(message).state == "queued"
    execute.dispatch(phone.enterprise_id)
    assert (fresh(message).state, len(platform.effects)) == ("accepted", 1)
    assert AuditEvent.objects.filter(deed="command.decide").exists()


def test_there_is_nothing_to_read_again(
    operator: User, approver: User, phone: Sim, platform: Platform
) -> None:
    platform.answers.append(LOST_BEFORE)
    message = send(operator, phone)
    with after(600):
        settle.settle(phone.enterprise_id)
    with pytest.raises(Refused, match="Nothing that could be read"):
        decisions.look_again(approver, order_of(message))


def test_a_person_may_say_that_it_arrived_or_did_not(
    operator: User, approver: User, phone: Sim, platform: Platform
):
    for decide, state in ((decisions.mark_applied, "no_report"), (decisions.mark_not_applied, "not_sent")):
        platform.answers.append(LOST_BEFORE)
        message = send(operator, phone)
        with after(600):
            settle.settle(phone.enterprise_id)
        decide(approver, order_of(message), "asked the driver")
        assert fresh(message).state == state


def test_made_again_it_goes_to_those_only_that_got_none(
    operator: User, phone: Sim, platform: Platform
) -> None:
    """Seen red: with the plan's own SIMs, the first would have got it twice."""
    other = SimFactory(account=phone.account, status="ACTIVATED")
    plan = plans.make(
        operator, phone.enterprise, kind_name="sms", params={"text": "hello"},
        source=plans.Source(giccids=(phone.giccid, other.giccid)), form_uid=uuid.uuid4(),
    )  # fmt: skip
    plans.submit(operator, plan, digest=plan.digest)
    Command.objects.filter(giccid=other.giccid).update(run_at=timezone.now() + timedelta(hours=1))
    execute.dispatch(phone.enterprise_id)
    plans.cancel(operator, Plan.objects.get())
    assert len(platform.effects) == 1
    again = repeat.make_again(operator, Plan.objects.get(), form_uid=uuid.uuid4())
    assert [line.giccid for line in Command.objects.filter(plan=again)] == [other.giccid]
    once_more = repeat.make_again(operator, again, form_uid=uuid.uuid4())
    assert [line.giccid for line in Command.objects.filter(plan=once_more)] == [other.giccid]


def test_what_was_sent_meanwhile_is_not_offered_again(operator: User, phone: Sim, platform: Platform) -> None:
    """Seen red: with every line never sent, a line under way and one that a later try had reached got it twice."""
    held, later = (SimFactory(account=phone.account, status="ACTIVATED") for _ in range(2))
    plan = plans.make(
        operator, phone.enterprise, kind_name="sms", params={"text": "hello"},
        source=plans.Source(giccids=(phone.giccid, held.giccid, later.giccid)), form_uid=uuid.uuid4(),
    )  # fmt: skip
    plans.submit(operator, plan, digest=plan.digest)
    with pytest.raises(Refused, match="under way"):
        repeat.make_again(operator, Plan.objects.get(), form_uid=uuid.uuid4())
    Command.objects.filter(giccid=held.giccid).update(state=State.LEASED)
    plans.cancel(operator, Plan.objects.get())
    again = repeat.make_again(operator, Plan.objects.get(), form_uid=uuid.uuid4())
    assert {line.giccid for line in Command.objects.filter(plan=again)} == {phone.giccid, later.giccid}
    Command.objects.filter(plan=again, giccid=phone.giccid).update(issue=1)
    once_more = repeat.make_again(operator, Plan.objects.get(pk=plan.pk), form_uid=uuid.uuid4())
    assert {line.giccid for line in Command.objects.filter(plan=once_more)} == {later.giccid}


def test_a_cancelled_second_try_still_needs_a_person(
    operator: User, approver: User, phone: Sim, platform: Platform
) -> None:
    """Seen red: it became "not sent", which nothing had shown, and could be sent a third time without a warning."""
    platform.answers.append(LOST_AFTER)
    message = send(operator, phone)
    Command.objects.update(state=State.NEEDS_HUMAN)
    decisions.reissue(approver, order_of(message), "asked the driver", is_sure=True)
    plans.cancel(operator, Plan.objects.get())
    assert order_of(message).state == State.NEEDS_HUMAN
    assert fresh(message).state == "unknown"


def test_it_is_not_sent_again_while_another_is_on_its_way(
    operator: User, approver: User, phone: Sim, platform: Platform
) -> None:
    platform.answers.append(LOST_AFTER)
    message = send(operator, phone)
    Command.objects.update(state=State.NEEDS_HUMAN)
    write(operator, phone, "another")
    with pytest.raises(Refused, match="on its way"):
        decisions.reissue(approver, order_of(message), "asked the driver", is_sure=True)
    assert order_of(message).state == State.NEEDS_HUMAN
