"""The page of one SIM."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.htmx import render_page, wants_fragment
from enterprise.access import signed_in
from enterprise.connections import explain
from sims import card_presentation
from sims.access import get_sim_or_404
from sims.refresh import refresh_sim
from smarthub_client import NotFound, SmartHubError
from staff.gate import permission


@require_safe
@permission("portal.view")
def sim_detail(request: HttpRequest, giccid: str) -> HttpResponse:
    sim = get_sim_or_404(signed_in(request), giccid)
    return render_page(
        request, "sims/detail.html", "sims/_sim.html", card_presentation.detail(sim, request.user)
    )


@require_safe
@permission("portal.view")
def sim_raw(request: HttpRequest, giccid: str) -> HttpResponse:
    sim = get_sim_or_404(signed_in(request), giccid)
    return render(request, "sims/raw.html", card_presentation.raw(sim, request.user))


@require_POST
@permission("sims.refresh")
def sim_refresh(request: HttpRequest, giccid: str) -> HttpResponse:
    sim = get_sim_or_404(signed_in(request), giccid)
    try:
        refresh_sim(sim)
    except NotFound:
        messages.warning(
            request, _("SmartHub does not know this SIM. It stays here until a complete sweep confirms it.")
        )
    except SmartHubError as error:
        messages.error(request, explain(error))
    else:
        messages.success(request, _("Read from SmartHub just now."))
    if wants_fragment(request):
        context = card_presentation.detail(sim, request.user) | {"with_messages": True}
        return render(request, "sims/_sim.html", context)
    return redirect("sims:detail", giccid)
