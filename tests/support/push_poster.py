"""A poster of pushes that costs little: one kept connection, no library between it and the socket.

It believes an answer only when all of it came: whatever is cut off counts as none, as it would for SmartHub.
"""

import hashlib
import json
import socket
import time
from typing import Any

NONE = 0
_HEAD_ENDS = b"\r\n\r\n"


def signed(body: dict[str, Any], key: str, second: int | None = None) -> bytes:
    """The body as it is sent: signature and `datePush` of this second (doc), written here once more for the tests."""
    second = int(time.time()) if second is None else second
    signature = hashlib.sha256(f"{key}{second}".encode()).hexdigest()
    return json.dumps({**body, "signature": signature, "datePush": second}).encode()


class Poster:
    """Not for sharing between threads. `timeout`: seconds of silence after which there is no answer."""

    def __init__(self, port: int, *, timeout: float = 5) -> None:
        self.port, self.timeout = port, timeout
        self._socket: socket.socket | None = None

    def post(self, path: str, body: bytes) -> int:
        """The status, or `NONE`."""
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        try:
            return self._exchange(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        except (OSError, ValueError):
            self.close()
            return NONE

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, request: bytes) -> int:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        answer = b""
        while _HEAD_ENDS not in answer:
            answer += self._more()
        head, _, rest = answer.partition(_HEAD_ENDS)
        lines = head.lower().split(b"\r\n")
        fields = dict(line.split(b": ", 1) for line in lines[1:])
        left = int(fields[b"content-length"]) - len(rest)
        while left > 0:
            left -= len(self._more())
        if fields.get(b"connection") == b"close":
            self.close()
        return int(lines[0].split(b" ")[1])

    def _more(self) -> bytes:
        assert self._socket is not None
        piece = self._socket.recv(65536)
        if not piece:
            raise ConnectionError("the answer was cut off")
        return piece
