"""The request budget of an enterprise: one for all processes, kept in Redis (docs/architecture.md, "The budget")."""

import threading
from functools import cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from enterprise.models import Enterprise
from smarthub_client.budget import RESERVES, Budget, Purpose, RedisLike, Rules

REDIS_SECONDS = 0.2  # a call to Redis at most; `Budget` makes few of them while it does not answer
FAILURES = (redis.RedisError, OSError)
_budgets: dict[UUID, Budget] = {}
_lock = threading.Lock()


class _NoRedis:
    """Stands for Redis when there is no REDIS_URL: every process decides alone, and sends little."""

    def register_script(self, _script: str) -> Any:
        return self.hgetall

    def hgetall(self, *_args: Any, **_kwargs: Any) -> Any:
        raise redis.ConnectionError("REDIS_URL is not set")


@cache
def shared_redis() -> Any:
    """This process's client, made when first needed. Raises one of `FAILURES`, within half a second."""
    if not settings.REDIS_URL:
        return _NoRedis()
    return redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 1, (redis.ConnectionError,)),  # a pooled connection may have died
    )


def budget_of(enterprise: Enterprise) -> Budget:
    """The same object for the same enterprise and rules, because it remembers what this process was told."""
    name, rules = _name_of(enterprise), rules_of(enterprise)
    with _lock:
        known = _budgets.get(enterprise.uid)
        if known is None or known.name != name:
            known = Budget(_shared(), name, rules, failures=FAILURES)
        elif known.rules != rules:
            known = known.under(rules)
        _budgets[enterprise.uid] = known
        return known


def rules_of(enterprise: Enterprise) -> Rules:
    """The share kept for people is what sweeps leave to the others; the classes between scale with it."""
    scale = enterprise.people_share / 100 / RESERVES[Purpose.SWEEP]
    reserves = {purpose: share * scale for purpose, share in RESERVES.items()}
    return Rules(cap=enterprise.budget_cap, reserves=MappingProxyType(reserves))


def forget_budgets() -> None:
    """Drops what this process holds: for tests, which play several processes and times in one."""
    with _lock:
        _budgets.clear()
    shared_redis.cache_clear()


def _shared() -> RedisLike:
    client: RedisLike = shared_redis()
    return client


def _name_of(enterprise: Enterprise) -> str:
    """Another address or key is another budget at the platform: nothing is taken over."""
    place = f"{enterprise.base_url}\n{enterprise.api_key_sealed}".encode()
    return f"{enterprise.uid}:{blake2b(place, digest_size=8).hexdigest()}"
