"""Loopback servers and clients for the client's tests. No database, no network beyond this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from smarthub_client import SmartHubClient
from tests.client.servers import Authority, Script, Server, make_authority
from tests.support.sandbox import SandboxProcess

KEY = "CANARY-7f3a91-key-of-the-enterprise"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses before retries; the deadline and the number of tries stay as they are."""
    monkeypatch.setattr("smarthub_client.calls._BACKOFF", 0.02)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """`serve(script, **options)` starts a server that ends with the test."""
    with ExitStack() as stack:

        def start(script: Script, **options: Any) -> Server:
            return stack.enter_context(Server(script, **options))

        yield start


@pytest.fixture
def connect() -> Iterator[Callable[..., SmartHubClient]]:
    """`connect(server, **options)` makes a client with the canary key, every change allowed and 2 s of
    time.
    """
    with ExitStack() as stack:

        def make(server: Server, **options: Any) -> SmartHubClient:
            client = SmartHubClient(server.base_url, KEY, **{"timeout": 2.0, "sandbox": True, **options})
            stack.callback(client.close)
            return client

        yield make


# The contract suite: with these two set it reads from that platform instead of a sandbox of its own.
REMOTE_URL = os.environ.get("SMARTHUB_CONTRACT_BASE_URL", "")
REMOTE_KEY = os.environ.get("SMARTHUB_CONTRACT_API_KEY", "")
SIMS = 230


@dataclass
class Platform:
    """Whom we talk to; `sandbox` is None for a real platform, where only reads are allowed."""

    client: SmartHubClient
    sandbox: SandboxProcess | None


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    if REMOTE_URL and REMOTE_KEY:
        yield Platform(SmartHubClient(REMOTE_URL, REMOTE_KEY), None)
        return
    with SandboxProcess(sims=SIMS) as sandbox:
        sandbox.settings(activation_delay_s=0, job_delay_s=0, sms_delay_s=0)
        yield Platform(SmartHubClient(sandbox.base_url, sandbox.api_key, timeout=10, sandbox=True), sandbox)


@pytest.fixture(scope="session")
def client(platform: Platform) -> SmartHubClient:
    return platform.client


@pytest.fixture
def sandbox(platform: Platform) -> Iterator[SandboxProcess]:
    if platform.sandbox is None:
        pytest.skip("changes and faults are for the sandbox only")
    yield platform.sandbox
    platform.sandbox.faults([])
    platform.sandbox.settings(page_base=0)


@pytest.fixture
def take(sandbox: SandboxProcess) -> Callable[[str], str]:
    """`take(status)` puts a SIM of its own into a state and returns its giccid."""

    def take(status: str) -> str:
        (giccid,) = sandbox.add_sims()
        sandbox.set_sim(giccid, status=status)
        return giccid

    return take
