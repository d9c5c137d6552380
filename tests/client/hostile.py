"""Answers meant to hurt: name -> (script, what the client must call it)."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Iterator

from tests.client.servers import Got, Script, Step, always, answer, head

JSON = "Content-Type: application/json"
MEGABYTE = b" " * 1_000_000


def drip(data: bytes, *, first: bytes = b"", pause: float = 0.02) -> Script:
    """Everything at once up to `first`, then one byte at a time."""

    def script(got: Got) -> Iterator[Step]:
        yield first
        for byte in data:
            yield bytes([byte])
            yield pause

    return script


def endless(first: bytes, block: bytes) -> Script:
    """`first`, then `block` for ever."""
    return lambda got: itertools.chain([first], itertools.repeat(block))


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def bomb(megabytes: int = 200) -> bytes:
    """About 0.2 MB of gzip that becomes `megabytes` of blanks."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([b"".join(packer.compress(MEGABYTE) for _ in range(megabytes)), packer.flush()])


def gigabyte(got: Got) -> Iterator[Step]:
    yield head(JSON, "Content-Length: 1000000000")
    yield b'{"name": "'
    for _ in range(1000):
        yield MEGABYTE


BOMB = bomb()
GZIP = {"content_encoding": "gzip"}
GOOD = b'{"name": "E", "accounts": []}'
SMALL_VALUES = b'{"name": "E", "accounts": [' + b"[]," * 1_600_000 + b"[]]}"


def _json(text: bytes) -> Script:
    return always(answer(body=text))


QUICK: dict[str, tuple[Script, str]] = {
    "web page": (always(answer(body=b"<html>", content_type="text/html; charset=utf-8")), "html"),
    "404 web page": (always(answer(404, b"<html>", content_type="text/html")), "html"),
    "plain text": (always(answer(content_type="text/plain")), "not_json"),
    "other charset": (always(answer(content_type="application/json; charset=gbk")), "not_json"),
    "bad UTF-8": (_json(b'{"name": "\xff\xfe"}'), "not_json"),
    "byte order mark": (_json(b"\xef\xbb\xbf" + GOOD), "not_json"),
    "NaN": (_json(b'{"name": NaN}'), "not_json"),
    "Infinity": (_json(b'{"name": -Infinity}'), "not_json"),
    "infinite float": (_json(b'{"name": 1e999}'), "not_json"),
    "key twice": (_json(b'{"name": "a", "name": "b"}'), "not_json"),
    "key twice inside": (_json(b'{"a": [{"x": 1, "x": 2}]}'), "not_json"),
    "two documents": (_json(GOOD + GOOD), "not_json"),
    "cut JSON": (_json(GOOD[:-1]), "not_json"),
    "40,000 brackets": (_json(b'{"a":' + b"[" * 40_000 + b"]" * 40_000 + b"}"), "not_json"),
    "100,000 brackets": (_json(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "too_large"),
    "a million brackets": (_json(b"[" * 1_000_000), "too_large"),
    "65 levels": (_json(b'{"a":' * 64 + b"[]" + b"}" * 64), "not_json"),
    "5,000-digit integer": (_json(b'{"name": ' + b"9" * 5000 + b"}"), "not_json"),
    "50-digit integer": (_json(b'{"name": "E", "accounts": [' + b"9" * 50 + b"]}"), "not_json"),
    "5,000-digit fraction": (_json(b'{"name": 0.' + b"9" * 5000 + b"}"), "not_json"),
    "million small values": (_json(SMALL_VALUES), "too_large"),
    "5 MB with one emoji": (
        _json(b'{"name":"' + b"x" * 5_000_000 + "\U0001f600".encode() + b'"}'),
        "too_large",
    ),
    "a list": (_json(b"[]"), "wrong_shape"),
    "a string": (_json(b'"x"'), "wrong_shape"),
    "no body": (always(head(JSON)), "truncated"),
    "closed in the headers": (always(b"HTTP/1.1 200 OK\r\nContent-"), "truncated"),
    "declared empty": (always(answer(body=b"")), "not_json"),
    "short of Content-Length": (always(head(JSON, "Content-Length: 100") + GOOD), "truncated"),
    "chunked, cut": (always(head(JSON, "Transfer-Encoding: chunked") + chunk(GOOD)), "truncated"),
    "chunked, cut in a chunk": (
        always(head(JSON, "Transfer-Encoding: chunked") + b"ff\r\n" + GOOD),
        "truncated",
    ),
    "chunk without a length": (
        always(head(JSON, "Transfer-Encoding: chunked") + b"zz\r\n" + GOOD),
        "truncated",
    ),
    "gzip, cut": (always(answer(body=gzip.compress(GOOD)[:-9], **GZIP)), "truncated"),
    "gzip that is not": (always(answer(**GZIP)), "encoding"),
    "brotli": (always(answer(content_encoding="br")), "encoding"),
    "gzip twice": (
        always(answer(body=gzip.compress(gzip.compress(GOOD)), content_encoding="gzip, gzip")),
        "encoding",
    ),
    "gzip bomb": (always(answer(body=BOMB, **GZIP)), "too_large"),
    "gzip bomb, chunked": (
        always(head(JSON, "Content-Encoding: gzip", "Transfer-Encoding: chunked") + chunk(BOMB) + chunk(b"")),
        "too_large",
    ),
    "1 GB announced": (gigabyte, "too_large"),
    "1 GB in chunks": (endless(head(JSON, "Transfer-Encoding: chunked"), chunk(MEGABYTE)), "too_large"),
    "1 GB until the end": (endless(head(JSON), MEGABYTE), "too_large"),
    "wrong shape": (_json(b'{"accounts": {}}'), "wrong_shape"),
}
"""End by themselves, in `BadAnswer` of that kind."""

SLOW: dict[str, Script] = {
    "silence": lambda got: [30.0],
    "status line drips": drip(b"HTTP/1.1 200 OK" + b"." * 3000),
    "headers drip": drip(b"".join(b"X-%d: y\r\n" % n for n in range(90)) * 9, first=b"HTTP/1.1 200 OK\r\n"),
    "endless 100 Continue": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "body drips": drip(b" " * 3000, first=head(JSON, "Content-Length: 3000")),
    "chunked body drips": drip(chunk(b" ") * 3000, first=head(JSON, "Transfer-Encoding: chunked")),
    "trailer drips": drip(
        b"X: y\r\n" * 3000, first=head(JSON, "Transfer-Encoding: chunked") + chunk(GOOD) + b"0\r\n"
    ),
    "gzip body drips": drip(gzip.compress(GOOD) * 50, first=head(JSON, "Content-Encoding: gzip")),
}
"""Never end by themselves: the deadline must."""

BROKEN: dict[str, Script] = {
    "closed at once": always(b""),
    "not HTTP": always(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "endless header": endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 100_000),
    "endless headers": endless(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 60_000 + b"\r\n"),
    "two lengths": always(head(JSON, "Content-Length: 5", "Content-Length: 29") + GOOD),
}
"""No answer at all."""
