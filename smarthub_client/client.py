"""The remote API as one object."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .reply import RateLimit
from .types import AccountSummary
from .writes import WriteOperations


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """What a successful test tells. `latency_ms`: whole call, milliseconds."""

    ok: bool
    enterprise: str
    accounts: tuple[AccountSummary, ...]
    rate: RateLimit | None
    latency_ms: int


class SmartHubClient(WriteOperations):
    """Every operation of the SmartHub API as a method; see `core.ClientCore` for the connection's options."""

    def test_connection(self) -> ConnectionTest:
        """Read the enterprise once. Raises the `SmartHubError` that says what is wrong."""
        started = time.monotonic()
        reply = self.enterprise()
        latency = round((time.monotonic() - started) * 1000)
        accounts = tuple(account for account in reply.data["accounts"] if isinstance(account, dict))
        return ConnectionTest(True, reply.data["name"], accounts, reply.rate, latency)
