"""The audit trail, to be read."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from common.htmx import render_page
from staff import audit_queries, deeds
from staff.gate import permission
from staff.models import User


@require_safe
@permission("staff.audit")
def audit_list(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)  # the gate lets only people pass
    wanted = audit_queries.Wanted.of(request.GET)
    context = {
        "wanted": wanted,
        "piece": audit_queries.read(user, wanted),
        "deeds": deeds.all_deeds(),
        "names": audit_queries.names(user),
    }
    return render_page(request, "staff/audit.html", "staff/_audit.html", context)
