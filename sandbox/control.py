"""The back door for tests and demos (`/control/*`, header X-Control-Token): no rate limit, no faults."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from . import db, effects, faults, fleet_control, items, knobs, state
from .answers import ApiError, Json, json_response, read_json
from .limits import limiter
from .pushes import orders, table, targets
from .routes import OPERATIONS
from .times import to_text
from .usage import Moment

MAX_ROWS = 10_000
Handler = Callable[[HttpRequest], Any]


class ControlError(ValueError):
    """A request control cannot carry out; answered as 422 with the message as `detail`."""


_REFUSALS = (
    ControlError,
    faults.FaultError,
    knobs.KnobError,
    fleet_control.FleetError,
    targets.TargetError,
    orders.OrderError,
)


def _guarded(handlers: Mapping[str, Handler]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Token, method, due effects, and refusals as 422 with a `detail`."""

    def view(request: HttpRequest) -> HttpResponse:
        if not state.is_secret("control_token", request.headers.get("X-Control-Token")):
            return ApiError(401, detail="X-Control-Token is wrong or absent").response()
        handler = handlers.get("GET" if request.method == "HEAD" else str(request.method))
        if handler is None:
            return ApiError(405, headers={"Allow": ", ".join(handlers)}).response()
        try:
            effects.settle(time.time())
            return json_response(handler(request))
        except _REFUSALS as problem:
            return ApiError(422, detail=str(problem)).response()
        except ApiError as problem:
            return problem.response()

    return view


def _body(request: HttpRequest) -> Any:
    try:
        return read_json(request.body)
    except ValueError as problem:
        raise ControlError("the body is not JSON") from problem


def _number(request: HttpRequest, name: str, default: int) -> int:
    raw = request.GET.get(name, "") or str(default)
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 15):
        raise ControlError(f"{name} must be a whole number")
    return int(raw)


def _ledger(request: HttpRequest) -> Json:
    after, limit = _number(request, "after", 0), min(_number(request, "limit", 1000), MAX_ROWS)
    found = db.rows("SELECT * FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
    return {"data": [_effect(row) for row in found], "total": db.number("SELECT count(*) FROM ledger")}


def _effect(row: db.Row) -> Json:
    return {
        "seq": row["seq"],
        "time": to_text(row["time"]),
        "operation": row["operation"],
        "giccid": row["giccid"],
        "requestId": row["request_id"],
        "detail": read_json(row["detail"].encode()),
    }


def _get_faults(request: HttpRequest) -> list[Json]:
    return faults.show()


def _put_faults(request: HttpRequest) -> list[Json]:
    return faults.replace(_body(request), OPERATIONS)


def _get_settings(request: HttpRequest) -> Json:
    return dict(vars(knobs.current))


def _put_settings(request: HttpRequest) -> Json:
    wanted = _body(request)
    if not isinstance(wanted, dict):
        raise ControlError("settings must be an object")
    knobs.change(wanted)
    if {"rate_limit", "window_s"} & set(wanted):
        limiter.restart()
    return _get_settings(request)


def _get_fleet(request: HttpRequest) -> Json:
    after, limit = request.GET.get("after", ""), min(_number(request, "limit", 1000), MAX_ROWS)
    found = db.rows("SELECT * FROM sim WHERE giccid > ? ORDER BY giccid LIMIT ?", after, limit)
    moment = Moment.of(time.time(), knobs.current.usage_step_s)
    return {"data": items.sim_items(found, moment), "total": db.number("SELECT count(*) FROM sim")}


def _post_fleet(request: HttpRequest) -> Json:
    return fleet_control.change(_body(request))


def _get_targets(request: HttpRequest) -> Json:
    return dict(vars(targets.current))


def _put_targets(request: HttpRequest) -> Json:
    return dict(vars(targets.replace(_body(request))))


def _get_pushes(request: HttpRequest) -> Json:
    return table.show(_number(request, "after", 0), min(_number(request, "limit", 1000), MAX_ROWS))


def _post_pushes(request: HttpRequest) -> Json:
    return orders.place(_body(request))


ledger = _guarded({"GET": _ledger})
faults_view = _guarded({"GET": _get_faults, "PUT": _put_faults})
settings_view = _guarded({"GET": _get_settings, "PUT": _put_settings})
fleet_view = _guarded({"GET": _get_fleet, "POST": _post_fleet})
targets_view = _guarded({"GET": _get_targets, "PUT": _put_targets})
pushes_view = _guarded({"GET": _get_pushes, "POST": _post_pushes})
