"""The list of SIMs that are not as they were ordered to be, and what people do about it."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from commands import page_tabs
from commands.models import Intent, Plan
from commands.refusals import Refused
from common.htmx import render_page
from common.pages import page_of
from enterprise.access import current_enterprise, current_enterprise_or_404, signed_in
from sims import drift
from sims.drift_forms import DriftForm
from staff.gate import permission


@require_safe
@permission("portal.view")
def drift_list(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    rows = drift.drifted(user, enterprise).select_related("command__plan__submitted_by", "accepted_by")
    page = page_of(rows, request.GET.get("page"), drift.PAGE)
    context = {
        "tabs": page_tabs.tabs(user, enterprise, "sims:drift"),
        "page": page,
        "lines": drift.lines(enterprise, cast(list[Intent], list(page.object_list))),
        "may_run": user.has_perm("commands.run"),
    }
    return render_page(request, "sims/drift.html", "sims/_drift.html", context)


@require_POST
@permission("commands.run")
def drift_set_back(request: HttpRequest) -> HttpResponse:
    user, enterprise, form = signed_in(request), current_enterprise_or_404(request), DriftForm(request.POST)
    if not form.is_valid():
        return _refused(request, form.problem)
    try:
        rows = drift.chosen(user, enterprise, form.ids, is_every=form.cleaned_data["every"])
        plans = drift.set_back(user, enterprise, rows, form.form_uid)
    except Refused as refusal:
        return _refused(request, str(refusal))
    return _to_plans(request, plans)


@require_POST
@permission("commands.run")
def drift_accept(request: HttpRequest) -> HttpResponse:
    user, enterprise, form = signed_in(request), current_enterprise_or_404(request), DriftForm(request.POST)
    if not form.is_valid():
        return _refused(request, form.problem)
    try:
        rows = drift.chosen(user, enterprise, form.ids, is_every=form.cleaned_data["every"])
        count = drift.accept(user, enterprise, rows, form.cleaned_data["note"])
    except Refused as refusal:
        return _refused(request, str(refusal))
    text = ngettext("%(n)s SIM is right as it is now.", "%(n)s SIMs are right as they are now.", count)
    messages.success(request, text % {"n": f"{count:,}"})
    return redirect("sims:drift")


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect("sims:drift")


def _to_plans(request: HttpRequest, plans: list[Plan]) -> HttpResponse:
    """To the plan; of several, to the list of plans, where they stand on top."""
    if len(plans) == 1:
        return redirect(page_tabs.address("commands:plan", plans[0].pk) or "sims:drift")
    text = _("%(n)s plans were made, one for each kind of change. Look at each and release it.")
    messages.success(request, text % {"n": len(plans)})
    return redirect(page_tabs.address("commands:plans") or "sims:drift")
