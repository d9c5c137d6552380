"""Sessions end after 30 idle minutes and after 12 hours in any case (ASVS 5.0, 7.3)."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

STARTED, SEEN = "started_at", "seen_at"
_WRITE_EVERY_SECONDS = 60.0
# A page that refreshes a chip by itself must not keep an abandoned session alive.
BACKGROUND_HEADER = "X-Background"


class SessionLimitMiddleware(MiddlewareMixin):
    """Keeps two times in the session; writes at most once a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)

    def process_request(self, request: HttpRequest) -> None:
        if not request.user.is_authenticated:
            return
        now = time.time()
        started = request.session.get(STARTED, now)
        seen = request.session.get(SEEN, now)
        if now - started > settings.SESSION_ABSOLUTE_SECONDS or now - seen > settings.SESSION_IDLE_SECONDS:
            logout(request)
            return
        is_first = STARTED not in request.session
        if is_first or (now - seen > _WRITE_EVERY_SECONDS and BACKGROUND_HEADER not in request.headers):
            request.session[STARTED] = started
            request.session[SEEN] = now
