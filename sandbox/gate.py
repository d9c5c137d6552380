"""What happens to every request under /v1: preflight, key, rate limit, route, faults, due effects, view."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from . import effects, faults, state
from .answers import ApiError, Json, json_response
from .call import Call
from .limits import limiter
from .paging import Answer

View = Callable[..., "Json | Answer"]


@dataclass(frozen=True)
class Route:
    """One operation: its name in ledger and faults, its method, its path below /v1, its view."""

    name: str
    method: str
    path: str
    view: View


def endpoint(routes: Mapping[str, Route]) -> Callable[..., HttpResponseBase]:
    """The Django view of one path. `routes` is keyed by method; no routes at all means 404."""

    def view(request: HttpRequest, **path: str) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return _preflight(request, routes)
        if not state.is_secret("api_key", request.headers.get("X-API-Key")):
            return ApiError(401).response()
        is_allowed, headers = limiter.take()
        response = _answer(request, routes, path) if is_allowed else ApiError(429).response()
        for name, value in headers.items():
            response.headers[name] = value
        return response

    return view


def _preflight(request: HttpRequest, routes: Mapping[str, Route]) -> HttpResponse:
    methods = ", ".join(_methods(routes))
    headers = {
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "X-API-Key, Content-Type, X-Request-ID",
        "Access-Control-Max-Age": "3600",
    }
    return HttpResponse(status=204, headers=headers)


def _methods(routes: Mapping[str, Route]) -> list[str]:
    return [*routes, *(["HEAD"] if "GET" in routes else []), "OPTIONS"]


def _answer(request: HttpRequest, routes: Mapping[str, Route], path: dict[str, str]) -> HttpResponseBase:
    route = routes.get("GET" if request.method == "HEAD" else str(request.method))
    if not routes:
        return ApiError(404).response()
    if route is None:
        return ApiError(405, headers={"Allow": ", ".join(_methods(routes))}).response()
    return faults.around(
        route.name, Call(request, route.name, time.time()), lambda call: _run(route, call, path)
    )


def _run(route: Route, call: Call, path: dict[str, Any]) -> HttpResponse:
    call.now = time.time()  # a delay fault may have passed some
    try:
        effects.settle(call.now)
        result = route.view(call, **path)
    except ApiError as problem:
        return problem.response()
    if isinstance(result, Answer):
        return json_response(result.body, headers=result.headers)
    return json_response(result)
