"""Receivers of webhooks and of mail on this machine, and their own check of a signature: no code of the portal."""

import base64
import hashlib
import hmac
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

LOOPBACK = [ip_network("127.0.0.0/8")]
PATIENCE = 20.0


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """`answers`: (status, headers, body) or a function of (handler, request), one after the other; the last stays."""

    url: str = ""
    answers: list[Any] = field(default_factory=lambda: [(200, {}, b"ok")])
    received: list[Received] = field(default_factory=list)

    def wait_for(self, count: int) -> None:
        until = time.monotonic() + PATIENCE
        while len(self.received) < count:
            assert time.monotonic() < until, f"{len(self.received)} of {count} arrived"
            time.sleep(0.01)


@contextmanager
def receiver(*answers: Any) -> Iterator[Receiver]:
    told = Receiver()
    told.answers = list(answers) or told.answers

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.received.append(Received(self.path, headers, body))
            answer = told.answers.pop(0) if len(told.answers) > 1 else told.answers[0]
            if callable(answer):
                answer(self, told.received[-1])
            else:
                reply(self, *answer)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None  # the portal hangs up on bad receivers
    with _serving(server) as port:
        told.url = f"http://127.0.0.1:{port}/hook"
        yield told


def reply(handler: Any, status: int, headers: dict[str, str], body: bytes) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def drip(piece: bytes, *, first: bytes = b"", until: threading.Event) -> Callable[[Any, Received], None]:
    """One piece after the other, without an end."""

    def answer(handler: Any, _request: Received) -> None:
        handler.close_connection = True
        try:
            handler.wfile.write(first)
            while not until.wait(0.05):
                handler.wfile.write(piece)
        except OSError:
            pass

    return answer


def is_genuine(request: Received, secret: str, *, now: float | None = None) -> bool:
    """What a receiver does, written from the specification's text: 32 lines of no library."""
    stamp = request.headers["webhook-timestamp"]
    if abs((time.time() if now is None else now) - int(stamp)) > 300:
        return False
    key = base64.b64decode(secret[len("whsec_") :])
    signed = b".".join([request.headers["webhook-id"].encode(), stamp.encode(), request.body])
    wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    given = [entry.split(",", 1) for entry in request.headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(text, wanted) for version, text in given)


@dataclass
class Post:
    """A mail server that writes down what it is told. `refuse`: recipients it does not take; `says`: its greeting."""

    port: int = 0
    refuse: set[str] = field(default_factory=set)
    greeting: bytes = b"220 ready\r\n"
    letters: list[tuple[list[str], bytes]] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    refused_sign_in: bytes = b""


@contextmanager
def mail_server() -> Iterator[Post]:
    post = Post()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(post.greeting)
            recipients: list[str] = []
            for raw in iter(self.rfile.readline, b""):
                line = raw.decode().strip()
                self.wfile.write(self._answer(line, recipients))

        def _answer(self, line: str, recipients: list[str]) -> bytes:
            word = line.upper()
            if word.startswith("EHLO"):
                return b"250-here\r\n250 AUTH PLAIN\r\n"
            if word.startswith("AUTH PLAIN"):
                post.sign_ins.append(base64.b64decode(line.split()[2]).decode())
                return post.refused_sign_in or b"235 welcome\r\n"
            if word.startswith("RCPT"):
                address = line.partition("<")[2].partition(">")[0]
                if address in post.refuse:
                    return b"550 nobody of that name\r\n"
                recipients.append(address)
            if word == "DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                # A line that begins with a dot was sent with one more (RFC 5321, 4.5.2).
                post.letters.append((list(recipients), b"".join(line.removeprefix(b".") for line in lines)))
            return b"250 fine\r\n"

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None
    with _serving(server) as port:
        post.port = port
        yield post


@contextmanager
def _serving(server: Any) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
