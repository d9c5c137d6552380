"""`/healthz`, `/readyz`, `/metrics`: for load balancers and monitoring, without a sign-in."""

import hmac
import os
from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from smarthub_portal import canary

_LOOPBACK = {"127.0.0.1", "::1"}


@login_not_required
@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers."""
    return JsonResponse({"status": "alive"})


@login_not_required
@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when database, Redis and a worker of each queue answer; else 503 naming what does not."""
    checks = {name: _outcome(check) for name, check in _CHECKS.items()}
    is_ready = all(result == "ok" for result in checks.values())
    return JsonResponse(
        {"status": "ready" if is_ready else "not ready", "checks": checks}, status=200 if is_ready else 503
    )


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text format. With PORTAL_METRICS_TOKEN: bearer token; without: direct loopback requests only."""
    if not _may_read_metrics(request):
        return HttpResponse(
            "Send the token of PORTAL_METRICS_TOKEN as bearer token.\n", status=403, content_type="text/plain"
        )
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    return request.META.get("REMOTE_ADDR") in _LOOPBACK and "X-Forwarded-For" not in request.headers


def _outcome(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, redis.RedisError, OSError) as error:
        return f"down ({type(error).__name__})"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _redis() -> str:
    with canary.broker() as client:
        client.ping()
    return "ok"


def _workers() -> str:
    for queue, age in canary.heard_seconds_ago().items():
        if age is None:
            return f"no sign of a worker for {queue} yet"
        if age > canary.CANARY_MAX_AGE_SECONDS:
            return f"last sign of a worker for {queue} {age:.0f} s ago"
    return "ok"


_CHECKS: dict[str, Callable[[], str]] = {"database": _database, "redis": _redis, "workers": _workers}
