"""URL configuration: the operations under /v1, the back door under /control, and /healthz."""

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path

from . import control
from .answers import ApiError, json_response
from .gate import Route, endpoint
from .routes import ROUTES


def _operations() -> list[URLPattern]:
    """One pattern per path, with a dictionary of its methods."""
    by_path: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        by_path.setdefault(route.path, {})[route.method] = route
    return [path("v1" + _django(template), endpoint(routes)) for template, routes in by_path.items()]


def _django(template: str) -> str:
    return re.sub(r"\{(\w+)\}", r"<str:\1>", template)


def _healthz(request: HttpRequest) -> HttpResponseBase:
    return json_response({"status": "ok"})


def _error(status: int) -> Callable[..., HttpResponseBase]:
    def view(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
        return ApiError(status).response()

    return view


urlpatterns = [
    path("healthz", _healthz),
    path("control/ledger", control.ledger),
    path("control/faults", control.faults_view),
    path("control/settings", control.settings_view),
    path("control/fleet", control.fleet_view),
    path("control/push-targets", control.targets_view),
    path("control/pushes", control.pushes_view),
    *_operations(),
    path("v1/", endpoint({"GET": ROUTES[0]})),
    re_path(r"^v1(?:/.*)?$", endpoint({})),
]
handler400 = _error(400)
handler403 = _error(403)
handler404 = _error(404)
handler500 = _error(500)
