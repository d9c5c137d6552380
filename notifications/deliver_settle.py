"""What a try means for its delivery and for its channel. One transaction, and only as long as we hold the delivery."""

from datetime import datetime, timedelta

from django.db import transaction

from notifications.deliver_claims import pause_after
from notifications.models import Channel, Delivery, DeliveryAttempt
from notifications.outbound import TEST
from notifications.outbound_reply import Reply

# After so many failures in a row a channel rests; then one probe, and twice as long a rest each time.
OPEN_AFTER = 5
_FIRST_REST, _LONGEST_REST = 30, 900
_LONGEST_PAUSE = 7200  # seconds a receiver may ask for
_Outcome, _State = Delivery.Outcome, Delivery.State


def settle(delivery: Delivery, attempt: DeliveryAttempt, reply: Reply, now: datetime) -> None:
    """Whoever comes back late, after the lease ran out and somebody else took it, changes nothing."""
    with transaction.atomic():
        # The channel first, as a claim locks it first.
        channel = Channel.objects.select_for_update(no_key=True).filter(pk=delivery.channel_id).first()
        ours = Delivery.objects.select_for_update(no_key=True).filter(
            pk=delivery.pk, fence=delivery.fence, state=_State.WAITING
        )
        row = ours.first()
        if channel is None or row is None:
            return
        _note(attempt, reply)
        _move_on(row, reply, now)
        _weigh(channel, reply, now)


def _note(attempt: DeliveryAttempt, reply: Reply) -> None:
    attempt.outcome, attempt.status = reply.outcome, reply.status
    attempt.seconds, attempt.excerpt = round(reply.seconds, 3), reply.excerpt
    attempt.save(update_fields=["outcome", "status", "seconds", "excerpt"])


def _move_on(row: Delivery, reply: Reply, now: datetime) -> None:
    row.outcome, row.status, row.lease_until = reply.outcome, reply.status, None
    if reply.is_accepted:
        row.state, row.settled_at = _State.DELIVERED, now
    elif reply.outcome is _Outcome.GONE or row.kind == TEST:
        row.state, row.settled_at = _State.FAILED, now
    else:
        row.run_at = now + max(pause_after(row.attempts), asked_for(reply))
    row.save(update_fields=["outcome", "status", "lease_until", "state", "settled_at", "run_at"])


def _weigh(channel: Channel, reply: Reply, now: datetime) -> None:
    """Closes, keeps or opens the circuit; 410 switches the channel off (Standard Webhooks)."""
    channel.busy_until = None
    if reply.is_accepted:
        channel.failures, channel.open_until, channel.last_delivered_at = 0, None, now
    else:
        channel.failures += 1
        rest = max(rest_after(channel.failures), asked_for(reply))
        channel.open_until = now + rest if rest else None
    if reply.outcome is _Outcome.GONE:
        channel.is_enabled, channel.ended = False, Channel.Ended.GONE
    fields = ["busy_until", "failures", "open_until", "last_delivered_at", "is_enabled", "ended"]
    channel.save(update_fields=fields)


def rest_after(failures: int) -> timedelta:
    """How long a channel rests after so many failures in a row."""
    if failures < OPEN_AFTER:
        return timedelta()
    return timedelta(seconds=min(_FIRST_REST * 2 ** min(failures - OPEN_AFTER, 10), _LONGEST_REST))


def asked_for(reply: Reply) -> timedelta:
    """What the receiver asked for (Retry-After), within reason."""
    return timedelta(seconds=min(reply.pause, _LONGEST_PAUSE))
