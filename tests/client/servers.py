"""Loopback servers that answer exactly as told, and remember what reached them."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Step = bytes | float
"""What a script yields: bytes to send, or seconds to wait."""


@dataclass
class Got:
    """A request that arrived; `raw` is everything read, in clear."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    raw: bytes
    peer: tuple[Any, ...]


Script = Callable[[Got], Iterable[Step]]


@dataclass
class Server:
    """Serves one request per connection with `script`; with `tls`, also understands plain HTTP on the same
    port.
    """

    script: Script
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    got: list[Got] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._socket = socket.create_server((self.host, self.port), backlog=128)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def base_url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{self.host}:{self.port}/v1"

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, peer), daemon=True).start()

    def _serve(self, connection: socket.socket, peer: tuple[Any, ...]) -> None:
        with contextlib.suppress(OSError, ValueError), connection:
            connection.settimeout(20)
            if self.tls is not None and connection.recv(1, socket.MSG_PEEK) == b"\x16":
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                self._answer(connection, peer)

    def _answer(self, connection: socket.socket, peer: tuple[Any, ...]) -> None:
        got = read_request(connection, peer)
        self.got.append(got)
        for step in self.script(got):
            if isinstance(step, float):
                time.sleep(step)
            else:
                connection.sendall(step)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(1)
            while connection.recv(65536):
                pass


def read_request(connection: socket.socket, peer: tuple[Any, ...] = ()) -> Got:
    """Read one request with a Content-Length body."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = connection.recv(65536)
        if not piece:
            raise ValueError("closed")
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return Got(method, target, headers, body, head + b"\r\n\r\n" + body, peer)


def answer(
    status: int = 200, body: bytes | None = None, *, content_type: str = "application/json", **headers: str
) -> bytes:
    """A complete answer; keyword `x_total_count="3"` becomes a header `x-total-count`."""
    body = b'{"name": "E", "accounts": []}' if body is None else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def answer_json(data: Any, status: int = 200, **headers: str) -> bytes:
    """A complete JSON answer."""
    return answer(status, json.dumps(data).encode(), **headers)


def head(*lines: str, status: int = 200) -> bytes:
    """The head of an answer only."""
    return "\r\n".join([f"HTTP/1.1 {status} X", *lines, "", ""]).encode()


def always(data: bytes) -> Script:
    """A script that sends the same bytes to everyone."""
    return lambda got: [data]


def in_turn(*scripts: bytes | Script) -> Script:
    """A script whose n-th request gets the n-th answer; the last one is repeated."""
    waiting = list(scripts)
    lock = threading.Lock()

    def script(got: Got) -> Iterable[Step]:
        with lock:
            chosen = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [chosen] if isinstance(chosen, bytes) else chosen(got)

    return script


@dataclass
class Authority:
    """A certificate authority of our own; `bundle` is the PEM file a client may trust."""

    bundle: Path
    server_context: ssl.SSLContext


def make_authority(folder: Path) -> Authority:
    """Make an authority and a server context valid for 127.0.0.1, 127.0.0.2 and localhost."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    ca_extension = x509.BasicConstraints(ca=True, path_length=0)
    ca = _certificate(ca_name, ca_name, ca_key.public_key(), ca_key, ca_extension, is_critical=True)
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "127.0.0.2")]
    names = x509.SubjectAlternativeName([*addresses, x509.DNSName("localhost")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test server")])
    leaf = _certificate(subject, ca_name, key.public_key(), ca_key, names, is_critical=False)
    bundle, chain = folder / "ca.pem", folder / "server.pem"
    bundle.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(secret + leaf.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return Authority(bundle, context)


def _certificate(
    subject: x509.Name, issuer: x509.Name, public: Any, signer: Any, extension: Any, *, is_critical: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=public)
    builder = builder.serial_number(x509.random_serial_number()).add_extension(extension, is_critical)
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    return builder.not_valid_after(now + datetime.timedelta(days=1)).sign(signer, hashes.SHA256())
