"""Deliveries: at least once with the same id, for a day, and no receiver harms another.

Seen red: a new `message_id` at each claim, `busy_until` left out (two at once),
`expire` left out, the fence left out of `settle`.
"""

import json
import threading
import time
from datetime import timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from common.sealing import SealError
from notifications import deliver, deliver_claims, deliver_settle
from notifications.models import Channel, Delivery, DeliveryAttempt
from notifications.outbound_reply import Reply
from tests.channel_factories import channel_of, told
from tests.notifications import receivers
from tests.notifications.receivers import is_genuine, receiver
from tests.notifications.trying import again, answered

pytestmark = pytest.mark.django_db
Outcome, State = Delivery.Outcome, Delivery.State


@pytest.fixture(autouse=True)
def _allow(settings):
    settings.WEBHOOK_ALLOW = receivers.LOOPBACK


def test_a_receiver_gets_what_was_announced_and_can_verify_it(enterprise):
    with receiver() as place:
        channel = channel_of(enterprise, place.url)
        delivery = told(channel)
        assert deliver.work() == 1
    (request,) = place.received
    assert request.body == delivery.payload.encode()
    assert request.message_id == str(delivery.message_id)
    assert is_genuine(request, channel.reveal("secret"))
    request.body += b" "
    assert not is_genuine(request, channel.reveal("secret"))
    delivery = again(delivery)
    assert (delivery.state, delivery.outcome, delivery.status, delivery.attempts) == (
        "delivered",
        "accepted",
        200,
        1,
    )
    attempt = delivery.tries.get()
    assert (attempt.outcome, attempt.status, attempt.excerpt) == ("accepted", 200, "ok")
    assert 0 < attempt.seconds < 10
    channel.refresh_from_db()
    assert channel.last_delivered_at is not None and channel.busy_until is None


def test_while_a_secret_is_exchanged_both_sign(enterprise):
    with receiver() as place:
        channel = channel_of(enterprise, place.url)
        former = channel.reveal("secret")
        channel.set_secret("secret_previous", former)
        channel.set_secret("secret", "whsec_" + "QUJD" * 8)
        channel.secret_previous_until = timezone.now() + timedelta(hours=1)
        channel.save()
        told(channel)
        deliver.work()
        channel.secret_previous_until = timezone.now()
        channel.save()
        told(channel)
        deliver.work()
    during, after = place.received
    assert [is_genuine(during, key) for key in (former, channel.reveal("secret"))] == [True, True]
    assert [is_genuine(after, key) for key in (former, channel.reveal("secret"))] == [False, True]


def test_a_failure_is_tried_again_later_with_the_same_id_and_a_fresh_signature(enterprise):
    with receiver((500, {}, b"no"), (200, {}, b"yes")) as place:
        channel = channel_of(enterprise, place.url)
        delivery = told(channel)
        deliver.work()
        first = again(delivery)
        assert (first.state, first.outcome, first.status) == ("waiting", "broken", 500)
        assert 3.5 < (first.run_at - timezone.now()).total_seconds() < 6.5
        assert deliver.work() == 0
        Delivery.objects.update(run_at=timezone.now())
        deliver.work()
    assert again(delivery).state == State.DELIVERED
    assert {request.message_id for request in place.received} == {str(delivery.message_id)}
    assert [request.body for request in place.received] == [delivery.payload.encode()] * 2
    assert all(is_genuine(request, channel.reveal("secret")) for request in place.received)
    assert [(one.outcome, one.excerpt) for one in delivery.tries.all()] == [
        ("broken", "no"),
        ("accepted", "yes"),
    ]


def test_it_is_given_up_after_a_day(enterprise):
    """A receiver that is away, and a clock that jumps to each next try."""
    now = begun = timezone.now()
    delivery = told(channel_of(enterprise), now)
    moments = []
    while again(delivery).state == State.WAITING:
        if delivery.run_at >= delivery.deadline_at:
            now = delivery.deadline_at
            assert deliver_claims.claim(now, 1) == []
            assert deliver_claims.expire(now) == 1
            break
        Channel.objects.update(open_until=None)  # the breaker has a test of its own
        now = max(now, delivery.run_at)
        moments.append((now - begun).total_seconds())
        answered(delivery, Outcome.UNREACHABLE, now)
    delivery = again(delivery)
    assert (delivery.state, delivery.outcome, delivery.settled_at) == (
        "failed",
        "expired",
        delivery.deadline_at,
    )
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    for pause, wanted in zip(pauses, [*deliver_claims.PAUSES, *[7200] * 20], strict=False):
        assert 0.8 * wanted <= pause <= 1.2 * wanted
    assert 15 <= len(moments) <= 21
    assert delivery.attempts == delivery.tries.count() == len(moments)


def test_pauses_jitter():
    assert len({deliver_claims.pause_after(3) for _ in range(20)}) > 10
    assert deliver_claims.pause_after(30_000) <= timedelta(hours=2.4)


def test_what_is_under_way_at_the_deadline_is_not_given_up_before_its_lease_ends(enterprise):
    now = timezone.now()
    delivery = told(channel_of(enterprise), now)
    Delivery.objects.update(deadline_at=now + timedelta(seconds=1))
    ((held, attempt),) = deliver_claims.claim(now, 1)
    assert deliver_claims.expire(now + timedelta(seconds=5)) == 0
    deliver_settle.settle(held, attempt, Reply(Outcome.ACCEPTED), now + timedelta(seconds=6))
    assert again(delivery).state == State.DELIVERED


def test_a_killed_workers_delivery_is_sent_again_with_the_same_id(enterprise):
    """Killed between the answer and the commit: nobody can know, so it is sent again, and receivers tell by the id."""
    with receiver() as place:
        delivery = told(channel_of(enterprise, place.url))
        now = timezone.now()
        ((held, attempt),) = deliver_claims.claim(now, 1)
        deliver.prepared(held)()  # the answer came; then the worker dies
        assert deliver_claims.claim(now + timedelta(seconds=29), 1) == []
        Channel.objects.update(busy_until=now - timedelta(seconds=1))
        Delivery.objects.update(lease_until=now - timedelta(seconds=1))
        assert deliver.work() == 1
        deliver_settle.settle(held, attempt, Reply(Outcome.BROKEN), timezone.now())  # it was only asleep
    assert [request.message_id for request in place.received] == [str(delivery.message_id)] * 2
    assert (again(delivery).state, delivery.attempts) == (State.DELIVERED, 2)
    assert [one.outcome for one in delivery.tries.all()] == ["lost", "accepted"]
    assert Channel.objects.get().failures == 0


def test_a_late_holder_writes_nothing_while_another_sends(enterprise):
    now = timezone.now()
    later = now + timedelta(seconds=31)
    delivery = told(channel_of(enterprise), now)
    ((late, attempt),) = deliver_claims.claim(now, 1)
    ((held, _attempt),) = deliver_claims.claim(later, 1)
    deliver_settle.settle(late, attempt, Reply(Outcome.ACCEPTED), later)
    assert (again(delivery).state, delivery.fence, held.fence) == (State.WAITING, 2, 2)


def test_one_of_a_channel_at_a_time_and_in_order(enterprise):
    now = timezone.now()
    channel, other = channel_of(enterprise), channel_of(enterprise, "https://other.example.com/")
    first, second = told(channel, now), told(channel, now + timedelta(seconds=1))
    third = told(other, now)
    later = now + timedelta(seconds=2)
    taken = deliver_claims.claim(later, 8)
    assert {held.pk for held, _attempt in taken} == {first.pk, third.pk}
    assert deliver_claims.claim(later, 8) == []
    for held, attempt in taken:
        deliver_settle.settle(held, attempt, Reply(Outcome.ACCEPTED), later)
    assert [held.pk for held, _attempt in deliver_claims.claim(later, 8)] == [second.pk]


def test_a_slow_receiver_holds_up_nobody_else(enterprise):
    release = threading.Event()

    def slow(handler, _request):
        release.wait(8)
        receivers.reply(handler, 200, {}, b"")

    with receiver(slow) as sluggish, receiver() as quick:
        told(channel_of(enterprise, sluggish.url))
        channel = channel_of(enterprise, quick.url)
        for _ in range(20):
            told(channel)
        thread = threading.Thread(target=lambda: (quick.wait_for(20), release.set()))
        thread.start()
        begun = time.monotonic()
        deliver.work()
        thread.join()
    assert time.monotonic() - begun < 8
    assert Delivery.objects.filter(state=State.DELIVERED).count() == 21


def test_sent_again_it_is_the_same_message_and_wakes_a_resting_channel(enterprise):
    now = timezone.now()
    with receiver() as place:
        channel = channel_of(enterprise, place.url)
        delivery = told(channel, now - timedelta(days=3))
        deliver_claims.expire(now)
        Channel.objects.update(open_until=now + timedelta(minutes=10), failures=9)
        assert deliver_claims.send_again(again(delivery), now)
        assert deliver.work() == 1
        assert deliver_claims.send_again(again(delivery), now)
        assert deliver.work() == 1
    assert [request.message_id for request in place.received] == [str(delivery.message_id)] * 2
    assert [request.body for request in place.received] == [delivery.payload.encode()] * 2
    assert again(delivery).state == State.DELIVERED


def test_what_is_being_sent_or_leads_nowhere_is_not_sent_again(enterprise):
    now = timezone.now()
    channel = channel_of(enterprise)
    delivery = told(channel, now)
    deliver_claims.claim(now, 1)
    assert not deliver_claims.send_again(again(delivery), now + timedelta(seconds=1))
    Channel.objects.update(is_enabled=False)
    assert not deliver_claims.send_again(again(delivery), now + timedelta(hours=1))


def test_a_channel_that_cannot_be_opened_fails_and_stops_nobody(enterprise, settings, monkeypatch):
    with receiver() as place:
        broken = channel_of(enterprise, place.url, name="broken")
        Channel.objects.filter(pk=broken.pk).update(url_sealed="v1:00000000:AAAA")
        bad, good = told(Channel.objects.get(pk=broken.pk)), told(channel_of(enterprise, place.url))
        deliver.work()
    assert (again(bad).outcome, again(good).state) == ("setup", State.DELIVERED)
    with pytest.raises(SealError):
        Channel.objects.get(pk=broken.pk).reveal("url")


def test_a_fault_of_ours_is_a_failed_try(enterprise, monkeypatch):
    delivery = told(channel_of(enterprise))
    monkeypatch.setattr(deliver.outbound_http, "post", lambda *_args: 1 / 0)
    deliver.work()
    assert (again(delivery).state, delivery.outcome) == (State.WAITING, "setup")


def test_old_deliveries_go_and_what_waits_stays(enterprise):
    now = timezone.now()
    channel = channel_of(enterprise)
    old, waiting, young = (told(channel, now) for _ in range(3))
    Delivery.objects.exclude(pk=young.pk).update(created_at=now - timedelta(days=91))
    Delivery.objects.exclude(pk=waiting.pk).update(state=State.DELIVERED)
    DeliveryAttempt.objects.create(delivery=old, at=now)
    deliver_claims.forget(now, deliver.KEEP)
    assert set(Delivery.objects.values_list("pk", flat=True)) == {waiting.pk, young.pk}


def test_chat_and_teams_get_json_without_a_signature(enterprise):
    with receiver() as place:
        for kind in ("chat", "teams"):
            told(channel_of(enterprise, place.url, kind=kind, name=kind))
        assert deliver.work() == 2
    assert {next(iter(json.loads(request.body))) for request in place.received} == {"text", "type"}
    assert not any("webhook-signature" in request.headers for request in place.received)
    assert {urlsplit(place.url).path for _ in place.received} == {request.path for request in place.received}
