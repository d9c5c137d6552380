"""The guard that keeps tests on this machine. Seen red: without `network.block()` the first three fail."""

import contextlib
import socket

import pytest
import requests

from tests import network, servers

ELSEWHERE = "192.0.2.1"  # RFC 5737: belongs to nobody


@pytest.fixture(autouse=True)
def _forgiven_attempts():
    yield
    network.attempts.clear()


@pytest.mark.parametrize("call", ["connect", "connect_ex"])
def test_a_socket_to_another_machine_is_refused(call):
    with socket.socket() as link, pytest.raises(network.NetworkBlockedError):
        getattr(link, call)((ELSEWHERE, 80))
    assert network.attempts == [ELSEWHERE]
    network.attempts.clear()


def test_a_name_elsewhere_is_not_even_looked_up():
    with pytest.raises(network.NetworkBlockedError):
        socket.getaddrinfo("example.com", 443)
    network.attempts.clear()


def test_requests_does_not_mistake_it_for_a_connection_error():
    with pytest.raises(network.NetworkBlockedError):
        requests.get("https://example.com/", timeout=1)
    network.attempts.clear()


def test_a_datagram_is_refused_too():
    with socket.socket(type=socket.SOCK_DGRAM) as link, pytest.raises(network.NetworkBlockedError):
        link.sendto(b"x", (ELSEWHERE, 53))
    network.attempts.clear()


def test_a_datagram_in_pieces_is_refused_too():
    with socket.socket(type=socket.SOCK_DGRAM) as link, pytest.raises(network.NetworkBlockedError):
        link.sendmsg([b"x"], [], 0, (ELSEWHERE, 53))
    network.attempts.clear()


@pytest.mark.parametrize("lookup", ["gethostbyname", "gethostbyname_ex", "gethostbyaddr"])
def test_older_lookups_are_refused_too(lookup):
    with pytest.raises(network.NetworkBlockedError):
        getattr(socket, lookup)("example.com")
    network.attempts.clear()


def test_this_machine_can_be_reached():
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
    assert socket.getaddrinfo("localhost", 80)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        (None, True),
        (b"localhost", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("fe80::1%eth0", False),
        ("localhost.example.com", False),
        (b"\xff\xfe", False),
    ],
)
def test_what_counts_as_this_machine(host, expected):
    assert network.is_loopback(host) is expected


def test_a_swallowed_attempt_still_fails_its_test():
    """The guard's own guard: code that catches everything cannot hide the attempt."""
    around_the_test = servers.pytest_runtest_call()
    next(around_the_test)
    with contextlib.suppress(Exception):
        socket.getaddrinfo("example.com", 80)
    with pytest.raises(pytest.fail.Exception, match=r"reached for the network: example\.com"):
        around_the_test.send(None)
    network.attempts.clear()
