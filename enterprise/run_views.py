"""Sync runs and rejected payloads."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.htmx import STOP_POLLING, render_page, wants_fragment
from common.pages import page_of
from enterprise import queries
from enterprise.access import get_enterprise_or_404, signed_in
from enterprise.start import start_sweep
from staff.gate import permission


@require_safe
@permission("portal.view")
def run_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    runs = queries.run_list(user)
    page = page_of(runs, request.GET.get("page"), 50)
    context = {
        "page": page,
        "open_runs": runs.open(),  # type: ignore[attr-defined]
        "rejected_count": queries.rejected_list(user).count(),
        "may_start": user.has_perm("mirror.start"),
    }
    return render_page(request, "enterprise/runs.html", "enterprise/_runs.html", context)


@require_safe
@permission("portal.view")
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    run = get_object_or_404(queries.run_list(user), pk=pk)
    rejected = queries.rejected_list(user, run.enterprise).filter(run=run)[:100]
    status = STOP_POLLING if wants_fragment(request) and not run.is_open else 200
    context = {"run": run, "rejected": rejected}
    return render_page(request, "enterprise/run.html", "enterprise/_run.html", context, status=status)


@require_safe
@permission("portal.view")
def rejected_list(request: HttpRequest) -> HttpResponse:
    page = page_of(queries.rejected_list(signed_in(request)), request.GET.get("page"), 50)
    return render(request, "enterprise/rejected.html", {"page": page})


@require_POST
@permission("mirror.start")
def run_start(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    run, is_new = start_sweep(get_enterprise_or_404(user, pk), user)
    messages.success(
        request, _("The sweep has been started.") if is_new else _("A sweep is already running.")
    )
    return redirect("enterprise:run", run.pk)
