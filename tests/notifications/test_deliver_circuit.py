"""A channel whose receiver fails rests, and what waits for it uses up no attempts.

Seen red: `failures` not reset, `open_until` left out of the claim, the pause that was asked for ignored.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications import deliver, deliver_claims, deliver_settle
from notifications.models import Delivery
from notifications.outbound_reply import Reply
from tests.channel_factories import channel_of, told
from tests.notifications import receivers
from tests.notifications.receivers import receiver
from tests.notifications.trying import again, answered

pytestmark = pytest.mark.django_db
Outcome, State = Delivery.Outcome, Delivery.State


@pytest.fixture(autouse=True)
def _allow(settings):
    settings.WEBHOOK_ALLOW = receivers.LOOPBACK


def test_a_channel_rests_after_five_failures_and_what_waits_uses_up_nothing(enterprise):
    now = timezone.now()
    channel, healthy = channel_of(enterprise), channel_of(enterprise, "https://other.example.com/")
    deliveries = [told(channel, now) for _ in range(8)]
    for delivery in deliveries[:5]:
        answered(delivery, Outcome.UNREACHABLE, now)
    channel.refresh_from_db()
    assert (channel.failures, channel.is_resting(now), channel.open_until - now) == (
        5,
        True,
        timedelta(seconds=30),
    )
    assert deliver_claims.claim(now + timedelta(seconds=29), 8) == []
    assert [again(one).attempts for one in deliveries] == [1] * 5 + [0] * 3
    fine = told(healthy, now)
    answered(fine, Outcome.ACCEPTED, now)
    # One probe, and twice as long a rest when it fails.
    probe = now + timedelta(seconds=31)
    ((held, attempt),) = deliver_claims.claim(probe, 8)
    assert deliver_claims.claim(probe, 8) == []
    deliver_settle.settle(held, attempt, Reply(Outcome.TIMED_OUT), probe)
    channel.refresh_from_db()
    assert channel.open_until - probe == timedelta(seconds=60)
    # A probe that succeeds closes the circuit; the others follow.
    later = probe + timedelta(seconds=61)
    ((held, attempt),) = deliver_claims.claim(later, 8)
    deliver_settle.settle(held, attempt, Reply(Outcome.ACCEPTED), later)
    channel.refresh_from_db()
    assert (channel.failures, channel.open_until) == (0, None)
    assert len(deliver_claims.claim(later, 8)) == 1


def test_a_rest_never_lasts_longer_than_a_quarter_of_an_hour():
    assert deliver_settle.rest_after(4) == timedelta()
    rests = [deliver_settle.rest_after(failures).total_seconds() for failures in range(5, 12)]
    assert rests == [30, 60, 120, 240, 480, 900, 900]
    assert deliver_settle.rest_after(10**9) == timedelta(seconds=900)


def test_what_waits_for_a_resting_channel_is_given_up_in_time(enterprise):
    now = timezone.now()
    delivery = told(channel_of(enterprise, open_until=now + timedelta(days=2)), now)
    assert deliver_claims.expire(now + timedelta(hours=23)) == 0
    assert deliver_claims.expire(now + timedelta(hours=24)) == 1
    assert (again(delivery).state, delivery.attempts) == (State.FAILED, 0)


def test_a_receiver_may_ask_for_a_pause(enterprise):
    now = timezone.now()
    channel = channel_of(enterprise)
    first, second = told(channel, now), told(channel, now)
    answered(first, Outcome.LIMITED, now, status=429, pause=100)
    assert first.run_at == now + timedelta(seconds=100)
    assert deliver_claims.claim(now + timedelta(seconds=99), 8) == []
    assert len(deliver_claims.claim(now + timedelta(seconds=101), 8)) == 1
    assert again(second).attempts + again(first).attempts == 2


def test_nobody_can_ask_for_more_than_two_hours(enterprise):
    now = timezone.now()
    delivery = answered(told(channel_of(enterprise), now), Outcome.LIMITED, now, status=503, pause=10**9)
    assert delivery.run_at == now + timedelta(hours=2)


def test_gone_for_good_switches_the_channel_off_and_says_so(enterprise):
    with receiver((410, {}, b"")) as place:
        channel = channel_of(enterprise, place.url)
        delivery, other = told(channel), told(channel)
        deliver.work()
    channel.refresh_from_db()
    assert (channel.is_enabled, channel.ended, len(place.received)) == (False, "gone", 1)
    assert (again(delivery).state, again(other).state) == (State.FAILED, State.WAITING)


def test_a_test_is_tried_once(enterprise):
    now = timezone.now()
    delivery = answered(told(channel_of(enterprise), now, kind="test"), Outcome.BROKEN, now)
    assert (delivery.state, delivery.settled_at) == (State.FAILED, now)
