"""Connections, their accounts and packages."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.htmx import STOP_POLLING, render_page
from enterprise import queries
from enterprise.access import choose_enterprise, current_enterprise, get_enterprise_or_404, signed_in
from enterprise.budget_page import BudgetFilter, budget_page
from enterprise.connections import explain, test_connection
from enterprise.forms import ConnectionForm
from enterprise.models import Enterprise
from enterprise.shell import sync_chip
from smarthub_client import SmartHubError
from staff.gate import permission


@require_safe
@permission("portal.view")
def enterprise_list(request: HttpRequest) -> HttpResponse:
    return render(
        request, "enterprise/list.html", {"enterprises": queries.enterprise_list(signed_in(request))}
    )


@require_safe
@permission("portal.view")
def enterprise_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    enterprise = get_enterprise_or_404(user, pk)
    context = {
        "enterprise": enterprise,
        "accounts": queries.account_list(user, enterprise),
        "packages": queries.package_list(user, enterprise),
        "pools": queries.pool_list(user, enterprise),
        "runs": queries.last_runs(user, enterprise),
        "may_manage": user.has_perm("enterprise.manage"),
        "may_start": user.has_perm("mirror.start"),
    }
    return render(request, "enterprise/detail.html", context)


@require_safe
@permission("portal.view")
def budget(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    enterprise = get_enterprise_or_404(user, pk)
    context = budget_page(user, enterprise, BudgetFilter(request.GET))
    return render_page(request, "enterprise/budget.html", "enterprise/_budget.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("enterprise.manage")
def enterprise_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, Enterprise())


@require_http_methods(["GET", "HEAD", "POST"])
@permission("enterprise.manage")
def enterprise_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_enterprise_or_404(signed_in(request), pk))


def _edit(request: HttpRequest, enterprise: Enterprise) -> HttpResponse:
    form = ConnectionForm(request.POST if request.method == "POST" else None, instance=enterprise)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, _("The connection is saved. Test it now: it costs one request."))
        return redirect("enterprise:detail", saved.pk)
    status = 422 if form.errors else 200
    return render(request, "enterprise/edit.html", {"form": form, "enterprise": enterprise}, status=status)


@require_POST
@permission("enterprise.manage")
def enterprise_test(request: HttpRequest, pk: int) -> HttpResponse:
    enterprise = get_enterprise_or_404(signed_in(request), pk)
    try:
        result = test_connection(enterprise)
    except SmartHubError as error:
        messages.error(request, explain(error))
    else:
        text = _("SmartHub answered as “%(name)s” with %(accounts)s accounts in %(ms)s ms.")
        words = {"name": result.enterprise, "accounts": len(result.accounts), "ms": result.latency_ms}
        messages.success(request, text % words)
    return redirect("enterprise:detail", pk)


@require_POST
@permission("portal.view")
def enterprise_choose(request: HttpRequest) -> HttpResponse:
    number = request.POST.get("enterprise", "")
    choose_enterprise(
        request, int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    )
    target = request.POST.get("next", "")
    # Only paths: `redirect` would take a bare word for the name of a view.
    is_ours = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return redirect(target if is_ours else "/")


@require_safe
@permission("portal.view")
def sync_chip_view(request: HttpRequest) -> HttpResponse:
    """The chip asks every 15 seconds; 286 ends that for a person who no longer sees an enterprise."""
    enterprise = current_enterprise(request)
    if enterprise is None:
        return HttpResponse(status=STOP_POLLING)
    return render(request, "components/_sync_chip.html", {"sync": sync_chip(enterprise)})
