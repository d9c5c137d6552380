"""The frame of every signed-in page: nouns, chips, enterprise choice."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from commands import activity
from enterprise.access import current_enterprise
from enterprise.models import Enterprise
from enterprise.shell import budget_chip, condition, sync_chip
from messaging import unread
from staff.models import User
from staff.roles import LABELS, is_approver, role_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell` for templates; costs nothing on pages that don't use it."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def _shell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_authenticated:
        return {}
    role = role_of(user)
    enterprise = current_enterprise(request) if role else None
    figures = activity.figures(user, enterprise) if enterprise else activity.Figures()
    frame: dict[str, Any] = {
        "role": LABELS[role] if role else _("No role"),
        "nav": _nav(request, figures, unread.badge(user, enterprise) if enterprise else "") if role else [],
    }
    if enterprise is None:
        return frame
    return frame | {
        "activity": figures,
        "enterprise": enterprise,
        "switch_url": reverse("enterprise:choose"),
        "enterprises": list(Enterprise.objects.visible_to(user)),
        "budget": budget_chip(enterprise),
        "sync": sync_chip(enterprise),
        "condition": condition(enterprise),
    }


def _nav(request: HttpRequest, figures: activity.Figures, unread_badge: str) -> list[dict[str, Any]]:
    nouns = [
        (_("Overview"), reverse("overview"), "layout-dashboard", 0),
        (_("SIMs"), reverse("sims:list"), "smartphone-nfc", 0),
        (_("Commands"), reverse("commands:list"), "list-checks", figures.to_decide),
        (_("Jobs"), reverse("jobs:list"), "layers", 0),
        (_("Messages"), reverse("messages:list"), "message-square", unread_badge),
        (_("Notifications"), reverse("notifications:home"), "bell", 0),
        (_("Enterprise"), reverse("enterprise:list"), "building-2", 0),
        (_("Sync runs"), reverse("enterprise:runs"), "refresh-cw", 0),
        *([(_("Staff"), reverse("staff:audit"), "users", 0)] if is_approver(request.user) else []),
    ]
    below = [url for _label, url, _icon, _badge in nouns if url != "/" and request.path.startswith(url)]
    best = max(below, key=len, default=request.path)
    return [
        {"label": label, "url": url, "icon": icon, "active": url == best, "badge": badge or ""}
        for label, url, icon, badge in nouns
    ]
