"""Reading a body with bounded memory, and JSON without surprises (RFC 8259, strictly)."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

MAX_DEPTH = 64
MAX_DIGITS = 40
MAX_MARKS = 50_000  # brackets and commas: small values take far more memory than their text
MAX_TEXT = 8 * 1024 * 1024  # bytes in memory: one emoji makes every character of a text take four
_PIECE = 65536
_FOUR_WIDE, _TWO_WIDE = re.compile(rb"[\xf0-\xff]"), re.compile(rb"[\xc4-\xff]")  # lead bytes of UTF-8


class UnreadableError(Exception):
    """The body breaks the contract; `kind` as in `errors.BadAnswer`."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind
        self.why = why


def read_body(read: Callable[[int], bytes], headers: Mapping[str, str], cap: int) -> bytearray:
    """The decoded body, at most `cap` bytes; never more than a piece beyond it is held.

    `read(n)` gives up to n raw bytes, b"" at the end. gzip and deflate are undone here, piece by piece,
    because a library that decodes for us may do so before it counts. Raises `UnreadableError` and what
    `read` raises.
    """
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > cap):
        raise UnreadableError("too_large", f"{length[:12]} bytes announced, {cap} accepted")
    inflate = _decoder(headers.get("content-encoding", "").strip().lower())
    body = bytearray()
    while piece := read(_PIECE):
        body += inflate(piece, cap + 1 - len(body))
        if len(body) > cap:
            raise UnreadableError("too_large", f"more than {cap} bytes")
    if not inflate.is_complete(bool(body)):
        raise UnreadableError("truncated", "the compressed body ends early")
    return body


class _Plain:
    def __call__(self, piece: bytes, room: int) -> bytes:
        return piece[:room]

    def is_complete(self, has_body: bool) -> bool:
        return True


class _Inflate:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(32 + zlib.MAX_WBITS)  # 32: gzip or zlib, told by the header

    def __call__(self, piece: bytes, room: int) -> bytes:
        try:
            return self._stream.decompress(piece, room)
        except zlib.error:
            raise UnreadableError("encoding", "the compressed body is damaged") from None

    def is_complete(self, has_body: bool) -> bool:
        return self._stream.eof or not has_body


def _decoder(encoding: str) -> _Plain | _Inflate:
    if encoding in {"", "identity"}:
        return _Plain()
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return _Inflate()
    raise UnreadableError("encoding", "an encoding we did not ask for")


def parse_json_object(body: bytes | bytearray, content_type: str) -> dict[str, Any]:
    """The JSON object in `body`. Raises `UnreadableError`.

    Refused: a media type other than `application/json` or `application/…+json`, a charset other than UTF-8,
    invalid UTF-8, NaN and infinities, a key twice in one object, more than `MAX_DEPTH` levels, numbers of
    more than `MAX_DIGITS` digits, more than `MAX_MARKS` values, more than `MAX_TEXT` of text, and anything
    but an object at the top.
    """
    _check_media_type(content_type)
    if sum(body.count(mark) for mark in (b"{", b"[", b",")) > MAX_MARKS:
        raise UnreadableError("too_large", f"more than {MAX_MARKS} values")
    if len(body) * (4 if _FOUR_WIDE.search(body) else 2 if _TWO_WIDE.search(body) else 1) > MAX_TEXT:
        raise UnreadableError("too_large", f"more than {MAX_TEXT} bytes of text")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableError("not_json", "the text is not UTF-8") from None
    try:
        data = _DECODER.decode(text)
    except RecursionError:
        raise UnreadableError("not_json", "nested too deeply") from None
    except ValueError:
        raise UnreadableError("not_json", "the text is not valid JSON") from None
    if not isinstance(data, dict):
        raise UnreadableError("wrong_shape", "not a JSON object")
    _check_depth(data)
    return data


def _check_media_type(content_type: str) -> None:
    media, _, parameters = content_type.lower().partition(";")
    media = media.strip()
    if media in {"text/html", "application/xhtml+xml"}:
        raise UnreadableError("html", "a web page")
    if not (media == "application/json" or (media.startswith("application/") and media.endswith("+json"))):
        raise UnreadableError("not_json", "the content type is not JSON")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(" \"'") not in {"utf-8", "utf8"}:
            raise UnreadableError("not_json", "the text is not declared as UTF-8")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    return found


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("too many digits")
    return int(digits)


def _real(digits: str) -> float:
    value = float(digits)
    if len(digits) > MAX_DIGITS or not math.isfinite(value):
        raise ValueError("not a sensible number")
    return value


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_real, parse_constant=_constant
)


def _check_depth(data: Any) -> None:
    # Level by level, without recursion: what we accept must not hurt whoever copies, compares or prints it.
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        deeper: list[Any] = []
        for node in level:
            deeper.extend(
                child
                for child in (node.values() if isinstance(node, dict) else node)
                if isinstance(child, dict | list)
            )
        if not deeper:
            return
        level = deeper
    raise UnreadableError("not_json", "nested too deeply")
