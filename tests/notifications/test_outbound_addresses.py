"""A person's URL leads to the open Internet or nowhere: every known spelling of every other place is refused.

Seen red: `_is_open_internet` as `not is_private` (carrier NAT, multicast, 6to4 pass), only addresses written
out judged (names pass), the unusual spellings let through to the resolver.
"""

from ipaddress import ip_network

import pytest

from notifications import outbound_http
from notifications.models import Delivery
from notifications.outbound_addresses import BadURL, may_reach, read
from smarthub_client import wire

GOOD = [
    "https://hooks.example.com/services/T0/B0/x",
    "https://hooks.example.com:8443/a?b=c&d=%20e",
    "HTTPS://Hooks.Example.COM/",
    "https://xn--bcher-kva.example/",
    "https://93.184.215.14/hook",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/hook",
    "https://[::ffff:93.184.215.14]/",
    "https://[64:ff9b::5db8:d70e]/",
]
BAD = [
    # this machine
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://0/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0177.0.0.1/",
    "https://127.0.0.1./",
    "https://127.0.0.01/",
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a00:1::1]/",
    "https://[2001:0:5db8:d70e::1]/",
    # networks of one's own
    "https://10.0.0.1/",
    "https://10.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://2852039166/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    # of nobody, or of everybody
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://198.51.100.7/",
    "https://203.0.113.7/",
    "https://[ff02::1]/",
    "https://[ff0e::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[100::1]/",
    "https://[4000::1]/",
    # two readers, two hosts
    "https://example.com@127.0.0.1/",
    "https://user:word@example.com/",
    "https://@example.com/",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1\\.example.com/",
    "https://127.0.0.1#@example.com/",
    "https://example.com/#x",
    "https://%31%32%37.0.0.1/",
    "https://127。0。0。1/",
    "https://①②⑦.0.0.1/",
    "https://１２７.０.０.１/",
    "https://ⓔxample.com/",
    "https://bücher.example/",
    "https://exa\tmple.com/",
    "https://example.com/\r\nX-Injected: 1",
    " https://example.com/",
    "https://example.com /",
    "https://example..com/",
    "https://-example.com/",
    "https://[127.0.0.1]/",
    "https://[::1/",
    "https://[v1.a]/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:x/",
    "https://1.2.3.4.5/",
    "https://999.1.1.1/",
    "https://example.0x7f/",
    # not https
    "http://example.com/",
    "http://93.184.215.14/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "//example.com/",
    "example.com",
    "https://",
    "https:///x",
    "https:example.com",
    "javascript:alert(1)",
    "",
    "https://example.com/" + "a" * 2000,
]


@pytest.mark.parametrize("url", GOOD)
def test_a_place_on_the_open_internet_is_read(url):
    place = read(url)
    assert (place.scheme, place.target.startswith("/")) == ("https", True)


@pytest.mark.parametrize("url", BAD)
def test_every_other_place_is_refused_with_a_sentence(url):
    with pytest.raises(BadURL) as problem:
        read(url)
    assert str(problem.value.why).endswith(".")


def test_what_a_name_stands_for_is_judged_when_it_is_connected_to(monkeypatch):
    """Every address of the table, behind an innocent name: nothing is connected to."""
    addresses = [read_host(url) for url in BAD if url.startswith("https:") and is_written_out(url)]
    assert len(addresses) >= 40
    for address in addresses:
        monkeypatch.setattr(wire.socket, "getaddrinfo", answers(address))
        reply = outbound_http.post("https://innocent.example/", b"{}", {}, seconds=5)
        assert reply.outcome == Delivery.Outcome.ADDRESS, address


def test_a_name_is_asked_once_and_what_was_checked_is_connected_to(monkeypatch):
    """Rebinding: the second answer of the name server would be this machine."""
    asked, connected = [], []
    real = wire.DeadlineSocket.connect

    def lookup(host, port, *_args):
        asked.append(host)
        return entries("93.184.215.14" if len(asked) == 1 else "127.0.0.1", port)

    def connect(self, address):
        connected.append(address[0])
        raise OSError("far away")

    monkeypatch.setattr(wire.socket, "getaddrinfo", lookup)
    monkeypatch.setattr(wire.DeadlineSocket, "connect", connect)
    reply = outbound_http.post("https://innocent.example/", b"{}", {}, seconds=5)
    assert (asked, connected) == (["innocent.example"], ["93.184.215.14"])
    assert reply.outcome == Delivery.Outcome.UNREACHABLE
    assert real is not connect


def test_of_several_addresses_only_the_good_ones_are_tried(monkeypatch):
    connected = []

    def connect(_self, address):
        connected.append(address[0])
        raise OSError("far away")

    found = [*entries("127.0.0.1", 443), *entries("93.184.215.14", 443), *entries("10.0.0.1", 443)]
    monkeypatch.setattr(wire.socket, "getaddrinfo", lambda *_args: found)
    monkeypatch.setattr(wire.DeadlineSocket, "connect", connect)
    outbound_http.post("https://innocent.example/", b"{}", {}, seconds=5)
    assert connected == ["93.184.215.14"]


def test_listed_networks_may_be_reached_also_without_tls_and_no_others(settings):
    settings.WEBHOOK_ALLOW = [ip_network("10.20.0.0/16"), ip_network("fd00:1::/32")]
    for address, is_good in (
        ("10.20.1.1", True),
        ("::ffff:10.20.1.1", True),
        ("fd00:1::7", True),
        ("10.21.1.1", False),
        ("fd00:2::7", False),
        ("127.0.0.1", False),
    ):
        assert [may_reach(address, scheme) for scheme in ("http", "https")] == [is_good, is_good], address
    assert [may_reach("93.184.215.14", scheme) for scheme in ("http", "https")] == [False, True]
    assert read("http://10.20.1.1:8080/x").origin == "http://10.20.1.1:8080"
    assert read("http://gateway.internal/").origin == "http://gateway.internal"
    with pytest.raises(BadURL):
        read("http://93.184.215.14/")


def test_only_the_origin_is_shown_of_a_url():
    assert (
        read("https://hooks.example.com/services/T0/B0/secret?token=x").origin == "https://hooks.example.com"
    )
    assert read("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8443/x").origin.endswith(":8b2c]:8443")


def is_written_out(url):
    try:
        return bool(wire.ipaddress.ip_address(read_host(url)))
    except ValueError:
        return False


def read_host(url):
    return url.partition("://")[2].partition("/")[0].strip("[]").partition("%")[0]


def entries(address, port):
    family = wire.socket.AF_INET6 if ":" in address else wire.socket.AF_INET
    tail = (0, 0) if ":" in address else ()
    return [(family, wire.socket.SOCK_STREAM, 6, "", (address, port, *tail))]


def answers(address):
    return lambda _host, port, *_args: entries(address, port)
