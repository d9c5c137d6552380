"""A receiver of pushes on a free port of loopback: keeps what came, answers what it is told to."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from sandbox.pushes.targets import KINDS
from tests.sandbox.caller import wait_until


@dataclass(frozen=True)
class Received:
    """One POST: its kind (the path), its JSON, its headers, and when it came."""

    kind: str
    body: dict[str, Any]
    headers: dict[str, str]
    at: float

    @property
    def claim(self) -> dict[str, Any]:
        """The body without what is new for every attempt."""
        return {name: value for name, value in self.body.items() if name not in ("signature", "datePush")}


class Receiver:
    """`answer` says what the next POST gets: a status, or None for a closed connection without a byte.

    With `is_rude` it closes every connection after the answer, without having said so.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.is_rude = False
        self.answer: Callable[[Received], int | None] = lambda received: 200
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.receiver = self

    @property
    def urls(self) -> dict[str, str]:
        return {kind: f"http://127.0.0.1:{self.server.server_port}/{kind}" for kind in KINDS}

    def clear(self) -> None:
        self.received.clear()

    def wait_for(self, count: int, seconds: float = 30.0) -> list[Received]:
        wait_until(lambda: len(self.received) >= count, seconds)
        return list(self.received)

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536
    server: _Server

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        received = Received(self.path[1:], json.loads(data), dict(self.headers), time.time())
        self.server.receiver.received.append(received)
        status = self.server.receiver.answer(received)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", "2")
        if status == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()
        self.wfile.write(b"{}")
        self.close_connection = self.server.receiver.is_rude

    def log_message(self, format: str, *arguments: Any) -> None:
        pass
