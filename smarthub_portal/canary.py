"""The canary: proof that beat, the broker and a worker of each queue all live, read by `/readyz`."""

import time

import redis
from django.conf import settings

QUEUES = ("default", "commands", "pushes")
CANARY_MAX_AGE_SECONDS = 15.0


def broker() -> redis.Redis:
    """A client whose calls end within half a second; callers handle `redis.RedisError`."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.3, socket_connect_timeout=0.2)


def key_of(queue: str) -> str:
    """Where the last song of a queue's workers is noted."""
    return f"portal:canary:{queue}"


def sing(queue: str) -> None:
    """Called in a worker of this queue every two seconds."""
    with broker() as client:
        client.set(key_of(queue), repr(time.time()), ex=60)


def heard_seconds_ago() -> dict[str, float | None]:
    """Age of the last song of each queue; None when there was none. Raises `redis.RedisError` without Redis."""
    with broker() as client:
        values = client.mget([key_of(queue) for queue in QUEUES])
    ages = [None if value is None else max(0.0, time.time() - float(value)) for value in values]
    return dict(zip(QUEUES, ages, strict=True))
