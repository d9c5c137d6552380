"""Bad receivers cannot hurt, and what they answer is judged by its status.

Seen red: redirects followed, the deadline of a drip left to the socket
(a time-out that counts anew for every read), the whole body read, the URL left in the excerpt.
"""

import ssl
import threading
import time

import pytest

from notifications import outbound_http
from notifications.models import Delivery
from notifications.outbound_http import post
from tests.notifications import receivers
from tests.notifications.receivers import receiver

Outcome = Delivery.Outcome


@pytest.fixture(autouse=True)
def _allow(settings):
    settings.WEBHOOK_ALLOW = receivers.LOOPBACK


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ACCEPTED),
        (204, Outcome.ACCEPTED),
        (299, Outcome.ACCEPTED),
        (300, Outcome.REDIRECTED),
        (304, Outcome.REDIRECTED),
        (400, Outcome.REFUSED),
        (401, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (410, Outcome.GONE),
        (429, Outcome.LIMITED),
        (500, Outcome.BROKEN),
        (503, Outcome.BROKEN),
    ],
)
def test_the_status_decides(status, outcome):
    with receiver((status, {}, b"")) as told:
        reply = post(told.url, b'{"a": 1}', {"webhook-id": "1"})
    assert (reply.outcome, reply.status) == (outcome, status)
    (request,) = told.received
    assert (request.path, request.body, request.headers["content-type"]) == (
        "/hook",
        b'{"a": 1}',
        "application/json",
    )
    assert "cookie" not in request.headers and "authorization" not in request.headers


@pytest.mark.parametrize("where", ["/elsewhere", "//127.0.0.1/", "another receiver"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status, where):
    with receiver() as other:
        place = other.url if where == "another receiver" else where
        with receiver((status, {"Location": place}, b""), (200, {}, b"")) as told:
            reply = post(told.url, b"{}", {})
    assert (reply.outcome, len(told.received), other.received) == (Outcome.REDIRECTED, 1, [])


def test_proxies_and_netrc_of_the_environment_are_nobody(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login canary password canary\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with receiver() as proxy, receiver() as told:
        for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert post(told.url, b"{}", {}).is_accepted
    assert proxy.received == []
    assert "authorization" not in told.received[0].headers


@pytest.mark.parametrize(
    ("first", "outcome"),
    [
        (b"", Outcome.TIMED_OUT),
        (b"HTTP/1.1 200 OK\r\n", Outcome.TIMED_OUT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", Outcome.ACCEPTED),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 100000\r\n\r\n", Outcome.BROKEN),
    ],
    ids=["before the status", "headers", "body of a good answer", "body of a bad one"],
)
def test_a_slow_drip_ends_with_the_deadline(first, outcome):
    """A status that came in time counts, whatever becomes of the body."""
    over = threading.Event()
    piece = b"x" if b"\r\n\r\n" in first else b"a: b\r\n" if first else b""
    with receiver(receivers.drip(piece, first=first, until=over)) as told:
        begun = time.monotonic()
        reply = post(told.url, b"{}", {}, seconds=1.0)
        took = time.monotonic() - begun
        over.set()
    assert reply.outcome == outcome
    assert took < 5


def test_a_huge_answer_is_not_read():
    """A gigabyte is announced and its beginning sent: nobody takes more than an excerpt."""
    sent = []

    def flood(handler, _request):
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Length", str(2**30))
        handler.end_headers()
        try:
            for _ in range(2**10):
                handler.wfile.write(b"x" * 2**20)
                sent.append(1)
        except OSError:
            pass

    with receiver(flood) as told:
        begun = time.monotonic()
        reply = post(told.url, b"{}", {}, seconds=30)
        took = time.monotonic() - begun
    assert (reply.outcome, len(reply.excerpt)) == (Outcome.ACCEPTED, 400)
    assert len(sent) < 2**6
    assert took < 25


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1000 + b"\r\n",
    ],
    ids=["hangs up", "no HTTP", "no status", "a thousand headers"],
)
def test_what_is_no_answer_is_a_failure(answer):
    def raw(handler, _request):
        handler.close_connection = True
        handler.wfile.write(answer)

    with receiver(raw) as told:
        assert post(told.url, b"{}", {}).outcome == Outcome.UNREADABLE


def test_nobody_there_is_unreachable():
    with receiver() as told:
        pass
    reply = post(told.url, b"{}", {})
    assert (reply.outcome, reply.status, reply.excerpt) == (Outcome.UNREACHABLE, None, "")


def test_tls_without_trust_is_refused_before_a_byte_is_sent():
    """The receiver speaks no TLS at all; a certificate nobody vouches for ends the same way."""
    with receiver() as told:
        reply = post(told.url.replace("http://", "https://"), b"{}", {})
    assert (reply.outcome, told.received) == (Outcome.TLS, [])
    context = outbound_http.trusting_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_the_excerpt_is_clean_and_repeats_no_secret():
    def echo(handler, request):
        text = f"<b>{told.url}</b>\0\r\n\x1b[31m{request.path}\ud800".encode("utf-8", "surrogatepass")
        receivers.reply(handler, 400, {}, text)

    with receiver(echo) as told:
        told.url = told.url.replace("/hook", "/services/canary-path")
        reply = post(told.url, b"{}", {})
    assert "canary-path" not in reply.excerpt
    assert reply.excerpt.isprintable() and reply.excerpt.startswith("<b>…</b>")


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [("120", 120, 120), ("soon", 0, 0), ("-5", 0, 0), ("9" * 50, 1, 10**9), ("", 0, 0)],
)
def test_retry_after_is_read(header, low, high):
    with receiver((503, {"Retry-After": header}, b"")) as told:
        assert low <= post(told.url, b"{}", {}).pause <= high


def test_retry_after_may_be_a_date():
    moment = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 100))
    with receiver((429, {"Retry-After": moment}, b"")) as told:
        assert 90 <= post(told.url, b"{}", {}).pause <= 100
