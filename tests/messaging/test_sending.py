"""A message is an order of the ledger: sent once, followed step by step, and sent again by people only.

Aims at: a double click that sends twice, a time-out that sends again, a message lost between order and conversation.
"""

import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from commands import claims, execute, making, plans, proofs, settle
from commands.models import Command, Plan, State
from commands.refusals import Refused
from enterprise.models import Enterprise
from messaging import sending
from messaging.models import Message, Policy, Thread
from sims.models import Sim
from staff.models import User
from tests.command_factories import CommandFactory, PlanFactory, ProtectionFactory
from tests.commands.conftest import after
from tests.commands.platform import LOST, LOST_AFTER, TOO_MANY, Answer, Platform, problem
from tests.factories import SimFactory
from tests.messaging.conftest import fresh, order_of, send, write

pytestmark = pytest.mark.django_db


def test_an_accepted_message_has_the_platforms_id_and_awaits_its_report(
    operator: User, phone: Sim, platform: Platform
) -> None:
    message = send(operator, phone, "Reboot, please")
    assert platform.messages["m1"]["messageText"] == "Reboot, please"
    assert (message.state, message.remote_id, message.text) == ("accepted", "m1", "Reboot, please")
    assert (message.author, message.direction, message.giccid) == (operator, "mt", phone.giccid)
    assert message.accepted_at
    order = order_of(message)
    assert (order.state, order.remote_id, order.issue) == (State.APPLIED, "m1", 1)
    assert platform.effects[0].request_id == order.request_id


def test_it_stands_in_the_conversation_from_the_moment_it_is_queued(operator: User, phone: Sim) -> None:
    message = write(operator, phone)
    assert message.state == "queued"
    thread = Thread.objects.get()
    assert (thread.giccid, thread.last_id, thread.unread) == (phone.giccid, message.pk, 0)


def test_a_double_click_is_one_message(operator: User, phone: Sim, platform: Platform) -> None:
    uid = uuid.uuid4()
    assert write(operator, phone, uid=uid) == write(operator, phone, uid=uid)
    execute.dispatch(phone.enterprise_id)
    assert len(platform.effects) == 1


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("happens", [True, False])
def test_row_13_without_a_readable_answer_it_is_unknown_and_never_sent_again_by_itself(
    how: str, happens: bool, operator: User, phone: Sim, platform: Platform
) -> None:
    platform.answers.append(Answer(how, happens=happens, steps=LOST[how]))
    message = send(operator, phone)
    assert message.state == "unknown"
    for hours in (0.1, 1, 30):
        with after(hours * 3600):
            claims.recover(timezone.now())
            settle.settle(phone.enterprise_id)
            execute.dispatch(phone.enterprise_id)
    assert fresh(message).state == "unknown"
    assert order_of(message).state == State.NEEDS_HUMAN
    assert len(platform.effects) == int(happens)
    assert len(platform.changes) == 1


def test_row_13_a_killed_worker_leaves_it_unknown_and_it_shows_so_within_seconds(
    operator: User, phone: Sim
) -> None:
    message = write(operator, phone)
    now = timezone.now()
    (held,) = claims.claim_queued(phone.enterprise_id, now, lambda _kind: 1)
    claims.commit_sent([held], now)
    assert Message.objects.shown().get(pk=message.pk).shown_state == "sending"
    with after(3.5):  # nobody has noticed yet that the worker is gone
        assert fresh(message).state == "sending"
        assert Message.objects.shown().get(pk=message.pk).shown_state == "unknown"
        assert Message.objects.unclear().get() == message
    with after(60):
        claims.recover(timezone.now())
        assert fresh(message).state == "unknown"


def test_an_unknown_one_holds_up_neither_the_next_message_nor_a_change(
    operator: User, phone: Sim, platform: Platform
) -> None:
    platform.answers.append(LOST_AFTER)
    send(operator, phone, "first")
    assert send(operator, phone, "second").state == "accepted"
    plan = PlanFactory(enterprise=phone.enterprise, kind="suspend", state=Plan.State.RUNNING)
    CommandFactory(sim=phone, plan=plan, state=State.QUEUED)
    execute.dispatch(phone.enterprise_id)
    assert platform.status(phone.giccid) == "DEACTIVATED"


def test_messages_to_one_sim_leave_one_after_the_other(
    operator: User, phone: Sim, platform: Platform
) -> None:
    first, second = write(operator, phone, "first"), None
    plan = sending.send(operator, phone.enterprise, phone.giccid, text="second", form_uid=uuid.uuid4())
    assert Command.objects.get(plan=plan).state == State.PLANNED
    execute.dispatch(phone.enterprise_id)
    assert fresh(first).state == "accepted"
    plans.queueing.queue_next(Plan.objects.get(pk=plan.pk))
    second = Message.objects.get(plan_id=plan.pk)
    execute.dispatch(phone.enterprise_id)
    assert fresh(second).state == "accepted"
    assert [row["messageText"] for row in platform.messages.values()] == ["first", "second"]


@pytest.mark.parametrize("status", ["DEACTIVATED", "INVENTORY", "RETIRED", "SOMETHING_NEW"])
def test_a_sim_that_is_not_activated_is_refused_before_anything_is_sent(
    status: str, operator: User, phone: Sim, platform: Platform
) -> None:
    Sim.objects.filter(pk=phone.pk).update(status=status)
    with pytest.raises(Refused, match="Only an activated SIM"):
        write(operator, phone)
    assert not Plan.objects.exists()
    assert not Message.objects.exists()
    assert platform.asked == []


def test_one_that_was_suspended_since_is_left_alone(operator: User, phone: Sim, platform: Platform) -> None:
    plan = plans.make(
        operator, phone.enterprise, kind_name="sms", params={"text": "hello"},
        source=plans.Source(giccids=(phone.giccid,)), form_uid=uuid.uuid4(),
    )  # fmt: skip
    plans.submit(operator, plan, digest=plan.digest, start_at=timezone.now() + timedelta(hours=1))
    Sim.objects.filter(pk=phone.pk).update(status="DEACTIVATED")
    Plan.objects.update(state=Plan.State.RUNNING)
    assert plans.queueing.queue_next(Plan.objects.get()) == 0
    assert Command.objects.get().why == "drifted"
    assert platform.asked == []


@pytest.mark.parametrize("text", ["x" * 161, "好" * 71, "€" * 81, "", " \r\n ", "a\0b"])
def test_what_does_not_fit_or_cannot_be_sent_is_refused_with_a_reason(text: str, operator: User, phone: Sim):
    with pytest.raises(Refused, match=r"\w"):
        write(operator, phone, text)
    assert not Plan.objects.exists()


def test_an_enterprise_may_allow_longer_texts(operator: User, phone: Sim) -> None:
    Policy.objects.create(enterprise=phone.enterprise, max_parts=3)
    assert write(operator, phone, "x" * 459).text == "x" * 459
    with pytest.raises(Refused, match="3"):
        write(operator, phone, "x" * 460)


def test_a_protected_sim_gets_none(operator: User, phone: Sim) -> None:
    ProtectionFactory(sim=phone)
    with pytest.raises(Refused, match="protected"):
        write(operator, phone)


@pytest.mark.parametrize("code", ["illegal_status", "invalid", "missing"])
def test_what_the_platform_refuses_is_refused_for_good(
    code: str, operator: User, phone: Sim, platform: Platform
):
    platform.answers.append(Answer("no", happens=False, steps=(problem(422, code),)))
    message = send(operator, phone)
    assert message.state == "refused"
    assert order_of(message).why == code


def test_too_many_requests_leave_it_queued(operator: User, phone: Sim, platform: Platform) -> None:
    platform.answers.append(TOO_MANY)
    message = send(operator, phone)
    assert message.state == "queued"
    with after(700):
        execute.dispatch(phone.enterprise_id)
    assert fresh(message).state == "accepted"


def test_cancelled_before_it_was_picked_up(operator: User, phone: Sim, platform: Platform) -> None:
    message = write(operator, phone)
    plans.cancel(operator, Plan.objects.get())
    execute.dispatch(phone.enterprise_id)
    assert fresh(message).state == "cancelled"
    assert platform.asked == []


def test_what_could_not_be_frozen_at_once_is_sent_all_the_same(
    operator: User, phone: Sim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen red: it stayed a draft nobody had asked for, and the person was told that it was sent."""
    freeze, tries = making.freeze, []

    def slow(plan: Plan) -> None:
        tries.append(plan.pk)
        if len(tries) < 3:
            raise OperationalError("statement timeout")
        freeze(plan)

    monkeypatch.setattr(making, "freeze", slow)
    monkeypatch.setattr(plans, "freeze", slow)
    assert write(operator, phone).state == "queued"
    assert len(tries) == 3


def test_a_database_that_stays_busy_refuses_and_keeps_nothing(
    operator: User, phone: Sim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_plan: Plan) -> None:
        raise OperationalError("statement timeout")

    monkeypatch.setattr(making, "freeze", never)
    monkeypatch.setattr(plans, "freeze", never)
    monkeypatch.setattr(sending, "PATIENCE_SECONDS", 0.1)
    with pytest.raises(Refused, match="busy"):
        write(operator, phone)
    assert not Plan.objects.exists()


def test_paused_it_waits_and_goes_on(operator: User, phone: Sim) -> None:
    message = write(operator, phone)
    plan = Plan.objects.get()
    plans.pause(operator, plan)
    assert fresh(message).state == "queued"
    plans.resume(operator, Plan.objects.get())
    plans.queueing.queue_next(Plan.objects.get())
    execute.dispatch(phone.enterprise_id)
    assert fresh(message).state == "accepted"
    assert Message.objects.count() == 1


def test_each_sim_of_a_plan_gets_its_own_text_or_a_reason(
    operator: User, wired: Enterprise, phone: Sim
) -> None:
    Sim.objects.filter(pk=phone.pk).update(label="Pump 7")
    nameless = SimFactory(account=phone.account, status="ACTIVATED", label="")
    long = SimFactory(account=phone.account, status="ACTIVATED", label="x" * 110)
    asleep = SimFactory(account=phone.account, status="INVENTORY", label="Pump 8")
    plan = plans.make(
        operator, wired, kind_name="sms", params={"text": "{label}: call home, {{label}} " + "y" * 40},
        source=plans.Source(giccids=(phone.giccid, nameless.giccid, long.giccid, asleep.giccid, "8900")),
        form_uid=uuid.uuid4(),
    )  # fmt: skip
    lines = {c.giccid: (c.group, c.why, c.after, c.error) for c in Command.objects.filter(plan=plan)}
    assert lines[phone.giccid] == ("change", "", "Pump 7: call home, {label} " + "y" * 40, "")
    assert lines[nameless.giccid] == ("not_allowed", "no_variable", "", "label")
    assert lines[long.giccid] == ("not_allowed", "too_long", "", "173/160")
    assert lines[asleep.giccid][:3] == ("not_allowed", "not_active", "")
    assert lines["8900"][0] == "unknown"
    assert plan.groups == {"change": 1, "not_allowed": 3, "unknown": 1}


def test_the_text_is_part_of_what_is_approved(operator: User, wired: Enterprise, phone: Sim) -> None:
    digests = set()
    for text in ("one", "two"):
        made = plans.make(
            operator, wired, kind_name="sms", params={"text": text},
            source=plans.Source(giccids=(phone.giccid,)), form_uid=uuid.uuid4(),
        )  # fmt: skip
        digests.add(made.digest)
    assert len(digests) == 2


def test_a_proof_settles_an_unknown_one_once(operator: User, phone: Sim, platform: Platform) -> None:
    platform.answers.append(LOST_AFTER)
    message = send(operator, phone)
    assert proofs.prove(order_of(message), remote_id="m1", entry={"by": "report", "smsMsgId": "m1"})
    assert not proofs.prove(order_of(message), remote_id="m2", entry={"by": "report", "smsMsgId": "m2"})
    assert (fresh(message).state, fresh(message).remote_id) == ("accepted", "m1")
    assert Plan.objects.get().tally == {"applied": 1}
