"""The list of SIMs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.htmx import render_page
from enterprise.access import current_enterprise, current_enterprise_or_404, signed_in
from sims import presentation, queries, window
from sims.filters import SimFilter
from staff.gate import permission


@require_safe
@permission("portal.view")
def sim_list(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    context = presentation.sim_list(request, user, enterprise, SimFilter(request.GET))
    return render_page(request, "sims/list.html", "sims/_sims.html", context)


@require_safe
@permission("portal.view")
def sim_count(request: HttpRequest) -> HttpResponse:
    """How many match, when the list itself did not wait for the count."""
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    total = queries.count_matching(user, enterprise, SimFilter(request.GET))
    return render(request, "sims/_count.html", {"total": total, "few": window.FEW})
