"""Messages from SIMs: one row for each however often it is told, unread until somebody reads it, gone when it is old.

Aims at: a message told twice that stands twice, a stranger's SIM, a body that is no text, counts that drift.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from commands.models import Command, Plan
from messaging import tidying
from messaging.models import Message, Policy, Thread
from notifications import process
from notifications.models import Push
from sims.models import Sim
from staff.models import User
from tests.commands.conftest import after
from tests.factories import SimFactory
from tests.messaging.conftest import send
from tests.notifications.sender import push

pytestmark = pytest.mark.django_db


def hear(sim: Sim, text: object = "STATUS ok", message_id: str = "mo1", **more: str) -> None:
    fields = {"fromMsisdn": "4670123", "toMsisdn": "1234", "giccid": sim.giccid} | more
    assert push(sim.enterprise, "mo-sms", smsMsgId=message_id, messageText=text, **fields).status_code == 200
    process.work()


def test_it_stands_unread_in_the_conversation_of_its_sim(sim: Sim) -> None:
    hear(sim, "battery 12 %")
    message = Message.objects.get()
    assert (message.direction, message.state, message.text) == ("mo", "received", "battery 12 %")
    assert (message.from_msisdn, message.to_msisdn, message.account_id) == ("4670123", "1234", sim.account_id)
    assert message.created_time
    thread = Thread.objects.get()
    assert (thread.unread, thread.last_id) == (1, message.pk)


def test_told_again_it_is_the_same_message(sim: Sim) -> None:
    hear(sim)
    hear(sim)
    hear(sim, toMsisdn="9999")  # another body with the same id
    Push.objects.update(state=Push.State.NEW)
    process.work()
    assert Message.objects.count() == Thread.objects.get().unread == 1


def test_nobody_can_keep_a_message_out_by_telling_its_number_first(sim: Sim) -> None:
    """Seen red: unique by number alone, the forged one stood and the true one was gone."""
    hear(sim, "forged", "mo7")
    hear(SimFactory(account=sim.account), "forged", "mo8")
    hear(sim, "SOS", "mo7")
    hear(sim, "SOS", "mo8")
    assert sorted(Message.objects.filter(giccid=sim.giccid).values_list("text", flat=True)) == [
        "SOS",
        "SOS",
        "forged",
    ]


def test_without_an_id_each_push_is_a_message(sim: Sim) -> None:
    hear(sim, "one", "")
    hear(sim, "two", "")
    assert Message.objects.count() == Thread.objects.get().unread == 2


@pytest.mark.parametrize("text", [None, {"a": 1}, ["x"], 17, "a\0b\ud800", "好" * 3000, ""])
def test_whatever_a_body_holds_as_text_is_kept_or_left_empty(text: object, sim: Sim) -> None:
    hear(sim, text)
    assert Push.objects.get().state == Push.State.DONE
    assert Message.objects.get().text in {"", "17", "ab?", "好" * 3000}


def test_of_a_sim_nobody_knows_only_those_see_it_who_see_all(
    sim: Sim, operator: User, outsider: User
) -> None:
    push(sim.enterprise, "mo-sms", giccid="8900000000000000001", messageText="hi", smsMsgId="x")
    process.work()
    assert Message.objects.visible_to(operator).count() == Thread.objects.visible_to(operator).count() == 1
    assert Message.objects.visible_to(outsider).count() == Thread.objects.visible_to(outsider).count() == 0


def test_a_push_without_a_sim_is_no_message(sim: Sim) -> None:
    push(sim.enterprise, "mo-sms", messageText="hi", smsMsgId="x")
    process.work()
    assert not Message.objects.exists()


def test_reading_and_unreading_is_counted(sim: Sim) -> None:
    for n in range(3):
        hear(sim, str(n), f"mo{n}")
    Message.objects.filter(text__in=["0", "1"]).update(read_at=timezone.now())
    assert Thread.objects.get().unread == 1
    Message.objects.filter(text="0").update(read_at=None)
    assert Thread.objects.get().unread == 2


def test_the_newest_message_leads_the_conversation(sim: Sim, operator: User) -> None:
    hear(sim)
    other = SimFactory(account=sim.account)
    hear(other, "later", "mo2")
    assert [t.giccid for t in Thread.objects.order_by("-last_at")] == [other.giccid, sim.giccid]


# --- retention


def test_what_is_older_than_kept_goes_with_its_texts(phone: Sim, operator: User) -> None:
    send(operator, phone, "secret word")
    Plan.objects.update(state=Plan.State.COMPLETED)
    hear(phone)
    Policy.objects.create(enterprise=phone.enterprise, keep_days=30)
    with after(29 * 86400):
        assert tidying.tidy(timezone.now()) == 0
    with after(31 * 86400):
        assert tidying.tidy(timezone.now()) == 2
    assert not Message.objects.exists()
    assert not Thread.objects.exists()
    assert Command.objects.get().after == ""
    assert Plan.objects.get().params == {}


@pytest.mark.parametrize("state", ["queued", "sending", "unknown"])
def test_what_is_still_on_its_way_stays_however_old(state: str, phone: Sim, operator: User) -> None:
    send(operator, phone)
    Message.objects.update(state=state, at=timezone.now() - timedelta(days=4000))
    assert tidying.tidy(timezone.now()) == 0


def test_only_old_ones_go_and_counts_stay_right(sim: Sim) -> None:
    hear(sim, "old", "mo1")
    Message.objects.update(at=timezone.now() - timedelta(days=400))
    hear(sim, "new", "mo2")
    assert tidying.tidy(timezone.now()) == 1
    assert Message.objects.get().text == "new"
    assert Thread.objects.get().unread == 1
