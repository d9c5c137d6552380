"""Where SmartHub posts to. No sign-in and no CSRF token: the address is a secret and the body is signed."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notifications import reception


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """200 `{}` once the push is on disk; a refusal says no more than its status."""
    status = reception.take(reception.letter_of(request, token, kind))
    response = JsonResponse({}, status=status)
    if status == 503:
        response.headers["Retry-After"] = str(reception.RETRY_AFTER_SECONDS)
    return response
