"""Budgets on the suite's real Valkey, each test with a name of its own, and a platform to count against."""

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis

from smarthub_client import RateLimit
from smarthub_client.budget import Budget, Granted, Purpose, Rules
from tests.support.valkey import connect

FAILURES = (redis.RedisError, OSError)


@pytest.fixture
def shared() -> Iterator["redis.Redis"]:
    client = connect(os.environ["REDIS_URL"], 10)  # a busy machine is not what is tested
    yield client
    client.close()


@dataclass
class World:
    """One enterprise: `process()` is a process of ours, `answer` what the platform says."""

    redis: Any
    rules: Rules = field(default_factory=Rules)
    name: str = field(default_factory=lambda: uuid.uuid4().hex)

    def process(self, rules: Rules | None = None) -> Budget:
        return Budget(self.redis, self.name, rules or self.rules, failures=FAILURES)

    @property
    def state(self) -> str:
        return f"budget:{{{self.name}}}:state"

    def forget(self) -> None:
        """What FLUSHALL does to this enterprise."""
        keys = list(self.redis.scan_iter(f"budget:{{{self.name}}}:*"))
        self.redis.delete(*keys)

    def opened(
        self, left: int, *, limit: int = 1000, reset_in: float = 3600, budget: Budget | None = None
    ) -> Budget:
        """A process that has asked once and learned this."""
        budget = budget or self.process()
        grant = granted(budget, Purpose.INTERACTIVE)
        budget.settle(grant, 200, rate(left, limit=limit, reset_in=reset_in))
        self.redis.hdel(self.state, "forgotten_until")  # the second in which forgotten answers may still come
        return budget


def rate(left: int, *, limit: int = 1000, reset_in: float | None = 3600) -> RateLimit:
    return RateLimit(limit, left, None, reset_in)


def granted(budget: Budget, purpose: Purpose = Purpose.INTERACTIVE, **more: Any) -> Granted:
    answer = budget.acquire(purpose, **more)
    assert isinstance(answer, Granted), answer
    return answer


@pytest.fixture
def world(shared: Any) -> World:
    return World(shared)


@pytest.fixture
def make_world(shared: Any) -> Callable[[], World]:
    return lambda: World(shared)
