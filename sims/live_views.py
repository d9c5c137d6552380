"""What a page of a SIM that stays open asks: is there news, and if so, what stands where."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enterprise.access import signed_in
from sims import live, news
from sims.access import get_sim_or_404
from staff.gate import permission


@require_safe
@permission("portal.view")
def sim_live(request: HttpRequest, giccid: str) -> HttpResponse:
    """204 while nothing differs from what the page has `seen`; else its parts, each to be put in by its id."""
    user = signed_in(request)
    seen = news.cursor(user, giccid)  # before the figures are read: what changes in between is told next time
    if not seen:
        raise Http404
    if seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    parts = live.parts(get_sim_or_404(user, giccid), user, request.GET)
    return render(request, "sims/live_parts.html", parts | {"seen": seen})
