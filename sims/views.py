"""The list of SIMs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.htmx import render_page
from common.pages import PAGE_SIZES, page_of
from enterprise.access import current_enterprise, signed_in
from sims import presentation, queries
from sims.filters import SimFilter
from staff.gate import permission


@require_safe
@permission("portal.view")
def sim_list(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    chosen = SimFilter(request.GET)
    page = page_of(queries.sim_list(user, enterprise, chosen), request.GET.get("page"), chosen.size)
    context = {
        "filter": chosen,
        "chips": presentation.chips(chosen),
        "choices": presentation.choices(user, enterprise, chosen),
        "page": page,
        "rows": presentation.rows(page, queries.allowances(enterprise)),
        "page_sizes": PAGE_SIZES,
        "page_size": chosen.size,
        "enterprise": enterprise,
    }
    return render_page(request, "sims/list.html", "sims/_sims.html", context)
