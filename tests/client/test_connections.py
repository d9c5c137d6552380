"""How connections, hooks and the environment are used."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from smarthub_client import (
    InvalidArgument,
    Reply,
    SmartHubClient,
    SmartHubError,
)
from tests.client.servers import Got, Server, Step, always, answer, answer_json, in_turn, read_request

SIM = "8986011805021000040"
Serve = Callable[..., Server]
Connect = Callable[..., SmartHubClient]
Call = Callable[[SmartHubClient], Reply[Any]]

HANDLES = always(answer_json({"jobId": "j", "smsMsgId": "m", "status": "PENDING"}))


def test_the_gate_opens_before_and_the_hook_hears_after_every_request(serve: Serve, connect: Connect) -> None:
    heard: list[Any] = []
    server = serve(
        in_turn(
            answer(503, x_ratelimit_limit="9", x_ratelimit_remaining="8"),
            answer(307, b"", location="/v1/a"),
            answer(),
        )
    )
    client = connect(
        server,
        gate=lambda operation: heard.append((operation, len(server.got))),
        on_reply=lambda rate, operation, status: heard.append((operation, status, rate and rate.remaining)),
    )
    assert client.enterprise().attempts == 3
    name = "enterprise"
    assert heard == [(name, 0), (name, 503, 8), (name, 1), (name, 307, None), (name, 2), (name, 200, None)]


def test_a_closed_gate_keeps_everything_home(serve: Serve, connect: Connect) -> None:
    class BudgetUsedUp(Exception):
        pass

    def gate(operation: str) -> None:
        raise BudgetUsedUp(operation)

    server = serve(HANDLES)
    with pytest.raises(BudgetUsedUp, match="retire"):
        connect(server, gate=gate).retire(SIM)
    assert server.connections == 0


def test_other_hooks_share_the_connection(serve: Serve, connect: Connect) -> None:
    calls: list[str] = []
    client = connect(serve(HANDLES), gate=calls.append)
    other = client.using(timeout=1.0, gate=lambda operation: calls.append(f"sweep {operation}"))
    assert other._caller.transport is client._caller.transport
    client.retire(SIM), other.retire(SIM)
    assert calls == ["retire", "sweep retire"]
    assert (other._caller.timeout, client._caller.timeout) == (1.0, 2.0)


class KeepAlive(Server):
    """Answers any number of requests on one connection."""

    def _answer(self, connection: Any, peer: tuple[Any, ...]) -> None:
        body = b'{"name": "E", "accounts": []}'
        while True:
            self.got.append(read_request(connection, peer))
            lines = (
                f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            connection.sendall(lines.encode() + body)


@pytest.fixture
def keep_alive() -> Iterator[KeepAlive]:
    with KeepAlive(HANDLES) as server:
        yield server


def test_reads_share_a_connection_and_changes_get_their_own(keep_alive: KeepAlive, connect: Connect) -> None:
    client = connect(keep_alive)
    for _ in range(3):
        client.enterprise()
    assert keep_alive.connections == 1
    client.retire(SIM), client.retire(SIM), client.enterprise()
    assert keep_alive.connections == 3
    client.close()
    client.enterprise()
    assert keep_alive.connections == 4


def test_many_threads_may_use_one_client(keep_alive: KeepAlive, connect: Connect) -> None:
    client, replies = connect(keep_alive), []

    def work() -> None:
        for _ in range(20):
            replies.append(client.enterprise())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == 160
    assert len({reply.request_id for reply in replies}) == 160
    assert keep_alive.connections <= 16


def _report_in_child(client: SmartHubClient, pipe: Any) -> None:
    pipe.send(client.enterprise().status)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_opens_its_own_connection(keep_alive: KeepAlive, connect: Connect) -> None:
    client = connect(keep_alive)
    client.enterprise()
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_report_in_child, args=(client, theirs))
    child.start()
    child.join(10)
    assert ours.recv() == 200
    client.enterprise()
    peers = [got.peer for got in keep_alive.got]
    assert peers[0] == peers[2] != peers[1]


def test_the_environment_has_no_say(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    thief = serve(HANDLES)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login thief password thief\n")
    for name, value in {
        "HTTP_PROXY": thief.base_url, "http_proxy": thief.base_url, "ALL_PROXY": thief.base_url,
        "no_proxy": "",
        "NETRC": str(netrc),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    server = serve(always(answer(set_cookie="a=b; Path=/")))
    client = connect(server)
    client.enterprise(), client.enterprise()
    assert thief.connections == 0
    assert not {"authorization", "cookie", "proxy-authorization"} & set(server.got[1].headers)


def test_a_reply_keeps_few_headers(serve: Serve, connect: Connect) -> None:
    reply = connect(serve(always(answer(set_cookie="a=b", x_total_count="3")))).enterprise()
    assert set(reply.headers) == {"content-type", "x-total-count"}


def test_the_moment_of_sending_is_taken_after_waiting_for_the_connection(
    serve: Serve, connect: Connect
) -> None:
    moments: list[datetime] = []

    def script(got: Got) -> list[Step]:
        moments.append(datetime.now(UTC))
        return [0.1, answer()]

    before: list[datetime] = []
    client = connect(serve(script), gate=lambda operation: before.append(datetime.now(UTC)))
    reply = client.enterprise()
    assert before[0] <= reply.sent_at <= moments[0]
    assert (reply.received_at - reply.sent_at).total_seconds() >= 0.1


def test_a_refused_argument_is_no_platform_error_to_retry() -> None:
    assert not InvalidArgument("x").retryable
    assert issubclass(InvalidArgument, SmartHubError)
