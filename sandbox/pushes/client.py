"""One thread's way of posting: kept connections, one attempt, no redirect, no proxy, no retry."""

import http.client
import select

from .targets import Address

_HEADERS = {"Content-Type": "application/json", "User-Agent": "SmartHub-Push"}
_ANSWER_BYTES = 65_536


class Client:
    """Not for sharing between threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], http.client.HTTPConnection] = {}

    def post(self, address: Address, body: bytes, timeout: float) -> int:
        """The status of the answer; OSError or HTTPException if there is none within `timeout` of silence."""
        connection = self._connection(address, timeout)
        try:
            headers = {**_HEADERS, "Host": address.header}
            connection.request("POST", address.path, body=body, headers=headers)
            answer = connection.getresponse()
            answer.read(_ANSWER_BYTES)
        except BaseException:
            connection.close()
            raise
        if answer.isclosed() and connection.sock is not None:
            self._kept[address.host, address.port] = connection
        else:
            connection.close()
        return answer.status

    def _connection(self, address: Address, timeout: float) -> http.client.HTTPConnection:
        kept = self._kept.pop((address.host, address.port), None)
        if kept is not None and kept.sock is not None and not _is_over(kept):
            kept.sock.settimeout(timeout)
            return kept
        return http.client.HTTPConnection(address.host, address.port, timeout=timeout)


def _is_over(connection: http.client.HTTPConnection) -> bool:
    """Whether the other side closed a resting connection: then there is something to read."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    is_over = bool(poll.poll(0))
    if is_over:
        connection.close()
    return is_over
