"""The first page."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.statuses import sim_look
from enterprise.access import current_enterprise, signed_in
from enterprise.queries import account_list, rejected_list, run_list
from sims.models import Status
from sims.queries import EXPIRING_DAYS, FleetFigures, fleet_figures
from staff.gate import permission


@require_safe
@permission("portal.view")
def overview(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    figures = fleet_figures(user, enterprise)
    rejected = rejected_list(user, enterprise).count() if user.sees_all_accounts else None
    context = {
        "enterprise": enterprise,
        "figures": figures,
        "cards": _cards(figures, rejected),
        "segments": _segments(figures),
        "accounts": account_list(user, enterprise),
        "runs": run_list(user).filter(enterprise=enterprise)[:6],
        "may_start": user.has_perm("mirror.start"),
    }
    return render(request, "overview.html", context)


def _cards(figures: FleetFigures, rejected: int | None) -> list[dict[str, Any]]:
    cards = [
        (_("All SIMs"), figures.total, _sims(), "smartphone-nfc", "", ""),
        (
            _("Activated"),
            figures.count(Status.ACTIVATED),
            _sims(status="ACTIVATED"),
            "circle-check",
            "green",
            "",
        ),
        (
            _("Suspended"),
            figures.count(Status.DEACTIVATED),
            _sims(status="DEACTIVATED"),
            "circle-pause",
            "",
            "",
        ),
        (
            _("Near or over allowance"),
            figures.near_limit,
            _sims(usage="near", sort="-data"),
            "gauge",
            "amber" if figures.near_limit else "",
            _("at least 80 %"),
        ),
        (
            _("Packages ending"),
            figures.expiring,
            _sims(expires=EXPIRING_DAYS, sort="expires"),
            "calendar-clock",
            "amber" if figures.expiring else "",
            _("within %(days)s days") % {"days": EXPIRING_DAYS},
        ),
    ]
    if rejected is not None:
        tone, hint = (
            ("red", _("kept, waiting for a look")) if rejected else ("", _("every payload could be read"))
        )
        cards.append(
            (_("Rejected payloads"), rejected, reverse("enterprise:rejected"), "shield-alert", tone, hint)
        )
    names = ("label", "value", "url", "icon", "tone", "hint")
    return [dict(zip(names, card, strict=True)) for card in cards]


def _segments(figures: FleetFigures) -> list[dict[str, Any]]:
    looks = [(part, sim_look(part.status)) for part in figures.slices]
    return [
        {"label": look.label, "value": part.count, "url": _sims(status=part.status), "tone": look.slice}
        for part, look in looks
    ]


def _sims(**query: Any) -> str:
    return reverse("sims:list") + (f"?{urlencode(query)}" if query else "")
