"""The portal's web with an empty view beside the door for pushes: what the server itself takes."""

import os

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from smarthub_portal.wsgi import application

__all__ = ["application"]


@csrf_exempt
@login_not_required
@require_POST
def empty(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({})


from notifications import nudge  # noqa: E402 - the settings are loaded with the application
from smarthub_portal import urls  # noqa: E402

urls.urlpatterns.append(path("empty/", empty))
if os.environ.get("BENCH_WITHOUT_WAKE_UPS"):
    nudge.nudge = lambda: None
