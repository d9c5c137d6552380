"""Wake-ups: a message that says "look now". Losing it costs one tick, so it is bounded and may fail silently."""

import logging
from contextlib import nullcontext

from celery import current_app
from kombu import Connection
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)
_BRIEFLY = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}


def line() -> Connection:
    """A connection for many wake-ups of one thread: a new one for each costs seven times as much."""
    options = {**current_app.conf.broker_transport_options, **_BRIEFLY}
    return current_app.connection_for_write(transport_options=options)


def wake(task_name: str, kept: Connection | None = None) -> bool:
    """Lets the workers run a tick now; whether the message was sent. Call it after the commit.

    `kept`: a `line`; after a failure it is of no more use.
    """
    try:
        with nullcontext(kept) if kept else line() as broker:
            current_app.send_task(task_name, connection=broker, expires=2, retry=False)
    except (OperationalError, OSError) as error:
        logger.info("the wake-up was not sent: %s", error)
        return False
    return True
