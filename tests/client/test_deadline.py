"""The total deadline covers names, connecting, TLS, redirects and retries, not only the body."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from smarthub_client import SmartHubClient, SmartHubError, TimedOut, TlsFailed, Unreachable
from tests.client.conftest import KEY
from tests.client.hostile import SLOW
from tests.client.servers import Authority, Server, answer, in_turn

DEADLINE = 0.4
SLACK = 0.4
Serve = Callable[..., Server]
Connect = Callable[..., SmartHubClient]


def timed(call: Callable[[], Any]) -> tuple[SmartHubError, float]:
    started = time.monotonic()
    with pytest.raises(SmartHubError) as caught:
        call()
    return caught.value, time.monotonic() - started


def test_a_name_server_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object) -> list[object]:
        time.sleep(2)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    client = SmartHubClient("https://trial.smarthub.invalid/v1", KEY, timeout=DEADLINE)
    error, seconds = timed(client.enterprise)
    assert seconds <= DEADLINE + SLACK
    assert isinstance(error, Unreachable)
    assert error.sent_at is None


def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    client = SmartHubClient("https://trial.smarthub.invalid/v1", KEY, timeout=DEADLINE, sandbox=True)
    error, _ = timed(lambda: client.activate("1"))
    assert isinstance(error, Unreachable)
    assert (error.outcome_unknown, error.retryable, error.sent_at) == (False, True, None)


def test_a_host_that_does_not_accept(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        client = SmartHubClient(f"http://127.0.0.1:{full.getsockname()[1]}/v1", KEY, timeout=DEADLINE)
        error, seconds = timed(client.enterprise)
        for filler in fillers:
            filler.close()
    assert DEADLINE - 0.05 <= seconds <= DEADLINE + SLACK
    assert isinstance(error, Unreachable)


@pytest.mark.parametrize("pause", [0.02, 30.0], ids=["drips", "is silent"])
def test_a_tls_handshake_that_does_not_end(pause: float) -> None:
    hello = b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb\x03\x03" + b"x" * 3000

    def serve_bytes(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            for byte in hello:
                try:
                    connection.sendall(bytes([byte]))
                except OSError:
                    return
                time.sleep(pause)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        start_thread(serve_bytes, listener)
        port = listener.getsockname()[1]
        client = SmartHubClient(f"https://127.0.0.1:{port}/v1", KEY, timeout=DEADLINE, sandbox=True)
        error, seconds = timed(lambda: client.activate("1"))
    assert seconds <= DEADLINE + SLACK
    assert isinstance(error, Unreachable)
    assert (error.outcome_unknown, error.sent_at) == (False, None)


def start_thread(target: Callable[..., None], *args: Any) -> None:
    threading.Thread(target=target, args=args, daemon=True).start()


@pytest.mark.parametrize("name", ["headers drip", "body drips"])
def test_dripping_over_tls(serve: Serve, connect: Connect, authority: Authority, name: str) -> None:
    server = serve(SLOW[name], tls=authority.server_context)
    client = connect(server, timeout=DEADLINE, ca_bundle=str(authority.bundle))
    error, seconds = timed(client.enterprise)
    assert DEADLINE - 0.05 <= seconds <= DEADLINE + SLACK
    assert isinstance(error, TimedOut)


def test_redirects_share_one_deadline(serve: Serve, connect: Connect) -> None:
    hop = answer(307, b"", location="/v1/enterprise")
    server = serve(lambda got: [0.18, hop])
    error, seconds = timed(connect(server, timeout=DEADLINE).enterprise)
    assert isinstance(error, TimedOut)
    assert seconds <= DEADLINE + SLACK
    assert 2 <= len(server.got) <= 3  # a third hop begins in time on a quiet machine; a fourth never


def test_retries_share_one_deadline(serve: Serve, connect: Connect) -> None:
    server = serve(lambda got: [0.3, answer(503)])
    error, seconds = timed(connect(server, timeout=DEADLINE).enterprise)
    assert seconds <= DEADLINE + SLACK
    assert len(server.got) <= 2
    assert error.outcome_unknown is False


def test_a_slow_answer_within_the_deadline_is_fine(serve: Serve, connect: Connect) -> None:
    server = serve(lambda got: [0.2, answer()])
    assert connect(server, timeout=2.0).enterprise().status == 200


def test_the_time_of_a_call_does_not_reach_into_the_next(serve: Serve, connect: Connect) -> None:
    server = serve(in_turn(lambda got: [5.0], answer()))
    client = connect(server, timeout=DEADLINE)
    timed(client.enterprise)
    assert client.enterprise().status == 200


def test_tls_failure_is_not_worth_repeating() -> None:
    assert (TlsFailed("x").retryable, Unreachable("x").retryable) == (False, True)
