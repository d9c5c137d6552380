"""Faults on demand (`/control/faults`): what a platform does on its bad days.

`delay` waits and goes on; `stale` and `shift` change what is read and go on; every other kind ends the
request. Kinds that answer instead of the platform leave no effect unless `"effect": true` (drop_after and
truncate always have theirs). Chances come from a generator seeded per entry: the same requests meet the same
faults.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from . import db
from .answers import ApiError, Json
from .call import Call

KINDS = (
    "drop_before", "drop_after", "delay", "status", "truncate", "html", "huge", "redirect", "stale", "shift",
)  # fmt: skip
HUGE_BYTES = 1024**3
_HTML = (
    "<!DOCTYPE html><html><head><title>Gateway</title></head><body><h1>We'll be back soon</h1></body></html>"
)
_DEFAULTS: Json = {
    "operation": "*", "status": None, "seconds": 1.0, "probability": 1.0, "count": None,
    "effect": False, "location": None, "rows": 3, "fired": 0,
}  # fmt: skip

Run = Callable[[Call], HttpResponse]

_lock = threading.Lock()
_faults: list[Json] = []
_chances: list[random.Random] = []


class FaultError(ValueError):
    """A fault that makes no sense; the message says why."""


def load() -> None:
    """Take over what an earlier process was told."""
    _install(db.get_meta("faults", []))


def show() -> list[Json]:
    """Every fault with how often it `fired`; `count` is what remains."""
    with _lock:
        return [dict(fault) for fault in _faults]


def replace(wanted: Any, operations: set[str]) -> list[Json]:
    """Install a new list; FaultError, and no change at all, if an entry is wrong."""
    if not isinstance(wanted, list):
        raise FaultError("faults must be a list")
    _install([_checked(fault, operations) for fault in wanted])
    with _lock:
        db.put_meta("faults", _faults)
    return show()


def _install(faults: list[Json]) -> None:
    with _lock:
        _faults[:] = faults
        _chances[:] = [random.Random(index) for index in range(len(faults))]  # noqa: S311


def _checked(fault: Any, operations: set[str]) -> Json:
    if not isinstance(fault, dict):
        raise FaultError("a fault must be an object")
    unknown = set(fault) - set(_DEFAULTS) - {"kind"}
    if unknown:
        raise FaultError(f"unknown key {sorted(unknown)[0]!r}")
    made = {"kind": fault.get("kind"), **_DEFAULTS, **fault, "fired": 0}
    if not isinstance(made["effect"], bool):
        raise FaultError("effect must be true or false")
    if made["kind"] not in KINDS:
        raise FaultError(f"unknown kind {made['kind']!r}; one of {', '.join(KINDS)}")
    if made["operation"] not in ["*", *operations]:
        raise FaultError(f"unknown operation {made['operation']!r}")
    for name, low, high in (("seconds", 0, 3600), ("probability", 0, 1), ("rows", -100, 100)):
        if (
            isinstance(made[name], bool)
            or not isinstance(made[name], (int, float))
            or not low <= made[name] <= high
        ):
            raise FaultError(f"{name} must be a number from {low} to {high}")
    for name, low, high in (("status", 200, 599), ("count", 0, 10**9)):
        if made[name] is not None and (type(made[name]) is not int or not low <= made[name] <= high):
            raise FaultError(f"{name} must be null or a whole number from {low} to {high}")
    location = made["location"]
    if location is not None and (not isinstance(location, str) or not location.isprintable()):
        raise FaultError("location must be null or a printable string")
    return made


def around(operation: str, call: Call, run: Run) -> HttpResponseBase:
    """Answer a call through whatever faults fire for it, in the order of the list."""
    for fault in _firing(operation):
        if fault["kind"] == "delay":
            time.sleep(fault["seconds"])
        elif fault["kind"] == "stale":
            call.is_stale = True
        elif fault["kind"] == "shift":
            call.shift = int(fault["rows"])
        else:
            return _ENDINGS[fault["kind"]](fault, call, run)
    return run(call)


def _firing(operation: str) -> Iterator[Json]:
    """Faults that fire now. Lazy: one behind an ending never uses up its count."""
    for index in range(len(_faults)):
        with _lock:
            if index >= len(_faults):
                return
            fault = _faults[index]
            if fault["operation"] not in ("*", operation) or fault["count"] == 0:
                continue
            if fault["probability"] < 1 and _chances[index].random() >= fault["probability"]:
                continue
            fault["fired"] += 1
            if fault["count"] is not None:
                fault["count"] -= 1
            db.put_meta("faults", _faults)
        yield fault


def _broken(data: bytes) -> Iterator[bytes]:
    """The server sends `data`, then closes the connection; with no data it closes without a byte."""
    if data:
        yield data
    raise ConnectionResetError("fault")


def _drop_before(fault: Json, call: Call, run: Run) -> HttpResponseBase:
    return StreamingHttpResponse(_broken(b""))


def _drop_after(fault: Json, call: Call, run: Run) -> HttpResponseBase:
    run(call)
    return StreamingHttpResponse(_broken(b""))


def _truncate(fault: Json, call: Call, run: Run) -> HttpResponseBase:
    whole = run(call)
    cut = whole.content[: len(whole.content) // 2] or b"{"
    response = StreamingHttpResponse(_broken(cut), status=whole.status_code, headers=whole.headers)
    response.headers["Content-Length"] = str(max(len(whole.content), 2))
    return response


def _status(fault: Json, call: Call, run: Run) -> HttpResponseBase:
    _maybe(fault, call, run)
    return ApiError(fault["status"] or 500).response()


def _html(fault: Json, call: Call, run: Run) -> HttpResponseBase:
    _maybe(fault, call, run)
    return HttpResponse(_HTML, status=fault["status"] or 200, content_type="text/html; charset=utf-8")


def _huge(fault: Json, call: Call, run: Run) -> HttpResponseBase:
    _maybe(fault, call, run)
    return StreamingHttpResponse(_flood(), status=fault["status"] or 200, content_type="application/json")


def _flood() -> Iterator[bytes]:
    block = b'"' + b"x" * 65_533 + b'",'
    yield b'{"data":['
    for _ in range(HUGE_BYTES // len(block)):
        yield block
    yield b'""]}'


def _redirect(fault: Json, call: Call, run: Run) -> HttpResponseBase:
    """To `location`, else to the same address once more."""
    _maybe(fault, call, run)
    location = fault["location"] or call.request.build_absolute_uri()
    return HttpResponse(status=fault["status"] or 307, headers={"Location": location})


def _maybe(fault: Json, call: Call, run: Run) -> None:
    if fault["effect"]:
        run(call)


_ENDINGS: dict[str, Callable[[Json, Call, Run], HttpResponseBase]] = {
    "drop_before": _drop_before,
    "drop_after": _drop_after,
    "truncate": _truncate,
    "status": _status,
    "html": _html,
    "huge": _huge,
    "redirect": _redirect,
}
