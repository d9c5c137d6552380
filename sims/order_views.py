"""Commands of one SIM."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from common.htmx import render_page
from enterprise.access import signed_in
from sims import live, news, order_tab
from sims.access import get_sim_or_404
from staff.gate import permission


@require_safe
@permission("portal.view")
def sim_commands(request: HttpRequest, giccid: str) -> HttpResponse:
    user = signed_in(request)
    seen = news.cursor(user, giccid)
    sim = get_sim_or_404(user, giccid)
    context = order_tab.commands_tab(sim, user, request.GET)
    context |= live.poll(sim, "commands" if context["page"].number == 1 else "", seen)
    return render_page(request, "sims/detail.html", "sims/_sim.html", context)
