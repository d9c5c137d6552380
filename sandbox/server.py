"""A small threaded HTTP/1.1 server for the WSGI application.

Why not granian: the faults `drop_before` and `drop_after` must close a connection before a single byte of
an answer, and a WSGI application cannot make granian do that. Here the rule is plain WSGI: nothing is sent
before the application's first chunk, and a `ConnectionError` raised by the application's iterator closes the
connection at that point. One thread per connection, keep-alive, no dependency; over 600 requests a second.
"""

import io
import json
import sys
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import unquote_to_bytes

from .config import Config, ConfigError

HOST = "127.0.0.1"
MAX_BODY = 4 * 1024 * 1024
_ERROR = '{"type":"about:blank","title":"%(message)s","status":%(code)d}'

Headers = list[tuple[str, str]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Listener(ThreadingMixIn, TCPServer):
    """The listening socket. Threads are daemons: an open connection does not hold up the end."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256
    application: Application
    is_logging = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def listen(settings: Config) -> Listener:
    """Take the port, or raise ConfigError naming the variable."""
    try:
        return Listener((HOST, settings.port), Handler)
    except OSError as problem:
        raise ConfigError(f"SANDBOX_PORT {settings.port} cannot be used: {problem.strerror}") from problem


def serve(listener: Listener, settings: Config) -> None:
    """Answer until a signal handler raises."""
    # Imported here: Django is loaded only after the port is known to be ours.
    from . import state, wsgi  # noqa: PLC0415
    from .pushes import sender  # noqa: PLC0415

    state.load(settings)
    listener.application = wsgi.application
    listener.is_logging = settings.is_logging
    with sender.running():
        listener.serve_forever(poll_interval=60)


class Handler(BaseHTTPRequestHandler):
    """One connection: requests one after another until either side closes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536  # head and first chunk leave in one packet
    timeout = 75
    error_message_format = _ERROR
    error_content_type = "application/json"
    server: Listener

    def handle_one_request(self) -> None:
        """Read one request and answer it; any failure of the connection closes it."""
        self.close_connection = True
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if len(self.raw_requestline) > 65536:
                self.requestline = self.request_version = self.command = ""
                self.send_error(414)
            elif self.raw_requestline and self.parse_request():
                self._answer()
            self.wfile.flush()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _answer(self) -> None:
        started = time.monotonic()
        body = self._body()
        if body is None:
            return
        status, sent = self._run(self._environ(body))
        if self.server.is_logging:
            took = round((time.monotonic() - started) * 1000, 1)
            line = {"method": self.command, "path": self.path, "status": status, "bytes": sent, "ms": took}
            print(json.dumps(line), flush=True)  # noqa: T201 - the request log is standard output

    def _body(self) -> bytes | None:
        """The request's body; None if it was refused. Read at once, so that the next request starts clean."""
        length = self.headers.get("Content-Length", "0").strip()
        if "Transfer-Encoding" in self.headers:
            self._refuse(411)
        elif not (length.isascii() and length.isdigit()):
            self._refuse(400)
        elif len(length) > 12 or int(length) > MAX_BODY:
            self._refuse(413)
        else:
            data = self.rfile.read(int(length))
            if len(data) < int(length):
                raise ConnectionResetError("the body ended early")
            return data
        return None

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self.send_error(status)

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ = {
            "REQUEST_METHOD": self.command, "SCRIPT_NAME": "", "QUERY_STRING": query,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": str(host), "SERVER_PORT": str(port), "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": str(self.client_address[0]), "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
            "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        for name, value in self.headers.items():
            environ.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        return environ

    def _run(self, environ: dict[str, Any]) -> tuple[str, int]:
        head: list[Any] = []
        chunks = self.server.application(
            environ, lambda status, headers, exc=None: head.extend((status, headers))
        )
        sent = 0
        try:
            iterator = iter(chunks)
            chunk = next(iterator, b"")  # may raise: then nothing was sent
            self._send_head(head[0], head[1])
            while chunk and self.command != "HEAD":
                self.wfile.write(chunk)
                sent += len(chunk)
                chunk = next(iterator, b"")
        except ConnectionError:
            self.close_connection = True
        finally:
            getattr(chunks, "close", lambda: None)()
        return head[0], sent

    def _send_head(self, status: str, headers: Headers) -> None:
        names = {name.lower() for name, _ in headers}
        if "content-length" not in names and not status.startswith(("204", "304")):
            self.close_connection = True
        lines = [f"HTTP/1.1 {status}", f"Date: {self.date_time_string()}", *(f"{n}: {v}" for n, v in headers)]
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
