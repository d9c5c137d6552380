"""The gate in front of every view: signed in is enforced by middleware, the role here."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]


def permission(name: str) -> Callable[[View], View]:
    """403 for a signed-in person whose role does not include `name` (see `staff.roles`)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(name):
                raise PermissionDenied(name)
            return view(request, *args, **kwargs)

        gated.required_permission = name  # type: ignore[attr-defined]
        return gated

    return decorate
