"""One door per object: a stranger gets 404, whether the object exists or not."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from enterprise.models import Enterprise
from staff.models import User

SESSION_KEY = "enterprise"


def get_enterprise_or_404(user: User, pk: int) -> Enterprise:
    return get_object_or_404(Enterprise.objects.visible_to(user), pk=pk)


def current_enterprise(request: HttpRequest) -> Enterprise | None:
    """The one chosen in the switcher, else the first the person may see; None when there is none."""
    if not hasattr(request, "_enterprise"):
        visible = Enterprise.objects.visible_to(signed_in(request))
        chosen = request.session.get(SESSION_KEY)
        found = visible.filter(pk=chosen).first() if chosen else None
        request._enterprise = found or visible.order_by("pk").first()  # type: ignore[attr-defined]
    enterprise: Enterprise | None = request._enterprise  # type: ignore[attr-defined]
    return enterprise


def current_enterprise_or_404(request: HttpRequest) -> Enterprise:
    """For addresses that mean nothing without one."""
    enterprise = current_enterprise(request)
    if enterprise is None:
        raise Http404
    return enterprise


def choose_enterprise(request: HttpRequest, pk: int) -> None:
    request.session[SESSION_KEY] = get_enterprise_or_404(signed_in(request), pk).pk


def signed_in(request: HttpRequest) -> User:
    """The person behind the request, typed. Views sit behind the sign-in middleware; anything else is a 404."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
