"""Loopback servers and clients for the client's tests. No database, no network beyond this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from smarthub_client import SmartHubClient
from tests.client.servers import Authority, Script, Server, make_authority

KEY = "CANARY-7f3a91-key-of-the-enterprise"


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
