"""Sends what waits, several channels side by side: threads speak with receivers, this one alone with the database."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial

from django.utils import timezone

from common.sealing import SealError
from notifications import deliver_claims, deliver_settle, outbound_http, outbound_mail, outbound_signing
from notifications.models import Channel, Delivery, DeliveryAttempt
from notifications.outbound_reply import Reply

logger = logging.getLogger(__name__)
PIECE_SECONDS = 8.0
AT_ONCE = 8
KEEP = timedelta(days=90)
_LOOK_EVERY = 0.5  # seconds, while only slow receivers are under way
Try = tuple[Delivery, DeliveryAttempt]


def work(*, seconds: float = PIECE_SECONDS) -> int:
    """Takes up what is due, for `seconds`; then waits for the tries under way (ten more at most). How many tries."""
    deliver_claims.expire(timezone.now())
    until, count = time.monotonic() + seconds, 0
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="deliver") as threads:
        running: dict[Future[Reply], Try] = {}
        while True:
            if len(running) < AT_ONCE and time.monotonic() < until:
                taken = deliver_claims.claim(timezone.now(), AT_ONCE - len(running))
                running |= {threads.submit(_safely, prepared(one[0])): one for one in taken}
                count += len(taken)
            if not running:
                return count
            for future in wait(running, timeout=_LOOK_EVERY, return_when=FIRST_COMPLETED).done:
                delivery, attempt = running.pop(future)
                deliver_settle.settle(delivery, attempt, future.result(), timezone.now())


def prepared(delivery: Delivery) -> Callable[[], Reply]:
    """The try, as a call that needs no database. Secrets are opened here."""
    channel = delivery.channel
    try:
        if channel.kind == Channel.Kind.EMAIL:
            letter = outbound_mail.letter(delivery, channel.recipients)
            return partial(outbound_mail.send, letter, channel.recipients)
        body = delivery.payload.encode()
        headers = _signature(channel, delivery, body) if channel.is_signed else {}
        return partial(outbound_http.post, channel.reveal("url"), body, headers)
    except (SealError, ValueError) as error:
        logger.warning("delivery %s can't be sent: %s", delivery.pk, type(error).__name__)
        return partial(Reply, Delivery.Outcome.SETUP)


def _signature(channel: Channel, delivery: Delivery, body: bytes) -> dict[str, str]:
    now = timezone.now()
    keys = [channel.reveal("secret")]
    if channel.secret_previous_until is not None and channel.secret_previous_until > now:
        keys.append(channel.reveal("secret_previous"))
    return outbound_signing.headers(
        str(delivery.message_id), int(now.timestamp()), body, [key for key in keys if key]
    )


def _safely(call: Callable[[], Reply]) -> Reply:
    """A fault of ours is a failed try: it must not stop the others, and the delivery is not stuck."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - whatever it is
        logger.warning("a try failed: %s", type(error).__name__)
        return Reply(Delivery.Outcome.SETUP)
