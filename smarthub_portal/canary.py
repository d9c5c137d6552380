"""The canary: proof that beat, the broker and a worker all live, read by `/readyz`."""

import time

import redis
from django.conf import settings

CANARY_KEY = "portal:canary"
CANARY_MAX_AGE_SECONDS = 15.0


def broker() -> redis.Redis:
    """A client whose calls end within half a second; callers handle `redis.RedisError`."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.3, socket_connect_timeout=0.2)


def sing() -> None:
    """Called in a worker every two seconds."""
    with broker() as client:
        client.set(CANARY_KEY, repr(time.time()), ex=60)


def heard_seconds_ago() -> float | None:
    """Age of the last song; None when there was none. Raises `redis.RedisError` without Redis."""
    with broker() as client:
        value = client.get(CANARY_KEY)
    return None if value is None else max(0.0, time.time() - float(value))
