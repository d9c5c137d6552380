"""One thing Celery's Redis transport gets wrong: an acknowledgement that fails keeps its place among those under way.

With as many places as processes, a worker that met a frozen Redis often enough takes up nothing any more, although
Redis is back (seen in `make faults-sms`). A message is a mere wake-up here, so its place is given back in any case.
"""

from typing import Any

from kombu.transport import redis


class Places(redis.QoS):  # type: ignore[misc]
    """What a worker has taken and not acknowledged yet."""

    def ack(self, delivery_tag: Any) -> None:
        try:
            super().ack(delivery_tag)
        except BaseException:
            super(redis.QoS, self).ack(delivery_tag)  # as the transport does itself once Redis knows
            raise


def use() -> None:
    """For every connection made from now on."""
    redis.Channel.QoS = Places
