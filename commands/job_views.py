"""Pages of the platform's batch jobs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commands import job_presentation
from commands.access import get_job_or_404
from common.htmx import STOP_POLLING, render_page, wants_fragment
from enterprise.access import current_enterprise, signed_in
from staff.gate import permission


@require_safe
@permission("portal.view")
def job_list(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    context = job_presentation.job_list(request, signed_in(request), enterprise)
    status = STOP_POLLING if wants_fragment(request) and not context["is_open"] else 200
    return render_page(request, "jobs/list.html", "jobs/_jobs.html", context, status=status)


@require_safe
@permission("portal.view")
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    context = job_presentation.job_detail(request, user, get_job_or_404(user, pk))
    status = STOP_POLLING if wants_fragment(request) and not context["is_open"] else 200
    return render_page(request, "jobs/detail.html", "jobs/_job.html", context, status=status)
