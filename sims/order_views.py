"""Commands of one SIM: its tab, and the strip that follows what was just ordered."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.htmx import STOP_POLLING, render_page
from enterprise.access import signed_in
from sims import order_presentation, order_tab
from sims.access import get_sim_or_404
from sims.card_views import tab_context, tab_name
from staff.gate import permission


@require_safe
@permission("portal.view")
def sim_commands(request: HttpRequest, giccid: str) -> HttpResponse:
    user = signed_in(request)
    context = order_tab.commands_tab(get_sim_or_404(user, giccid), user, request.GET)
    return render_page(request, "sims/detail.html", "sims/_sim.html", context)


@require_safe
@permission("portal.view")
def in_flight(request: HttpRequest, giccid: str) -> HttpResponse:
    """The strip; once something is settled that it did not show yet, the whole SIM, and no more questions."""
    user = signed_in(request)
    sim, tab = get_sim_or_404(user, giccid), request.GET.get("tab", "")
    strip = order_presentation.strip(sim, user, tab_name(tab))
    if strip["is_moving"] or strip["seen"] == request.GET.get("seen", ""):
        return render(request, "sims/_in_flight.html", strip)
    response = render(request, "sims/_sim.html", tab_context(sim, user, tab), status=STOP_POLLING)
    response["HX-Retarget"], response["HX-Reswap"] = "#sim", "outerHTML"
    return response
