"""The list of plans and the page of one: read, followed, downloaded."""

import json
import uuid
from typing import cast
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from commands import page_tabs, plan_file, plan_list_presentation, plan_presentation
from commands.access import get_plan_or_404
from commands.models import Plan
from commands.plan_forms import PlanFilter
from common.htmx import STOP_POLLING, HtmxRequest, render_page
from enterprise.access import current_enterprise_or_404, signed_in
from staff.gate import permission


@require_safe
@permission("portal.view")
def plan_list(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    context = plan_list_presentation.plans(user, enterprise, PlanFilter(request.GET), request.GET.get("page"))
    context["tabs"] = page_tabs.tabs(user, enterprise, "commands:plans")
    return render_page(request, "commands/plans.html", "commands/_plans.html", context)


@require_safe
@permission("portal.view")
def plan_detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    plan = get_plan_or_404(user, uid)
    context = plan_presentation.page(user, plan, request.GET)
    context["tabs"] = page_tabs.tabs(user, plan.enterprise, "commands:plans")
    return render_page(request, "commands/plan.html", "commands/_plan.html", context)


@require_safe
@permission("portal.view")
def plan_status(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """What an open page asks for. Once the state is another one than it shows, it gets the whole plan instead."""
    user = signed_in(request)
    plan = get_plan_or_404(user, uid)
    if request.GET.get("seen") == plan.state:
        return render(request, "commands/_plan_status.html", plan_presentation.status(user, plan))
    context = plan_presentation.page(user, plan, _query_of_page(request, plan))
    response = render(request, "commands/_plan.html", context, status=STOP_POLLING)
    response["HX-Retarget"], response["HX-Reswap"] = "#plan", "outerHTML"
    if toast := plan_list_presentation.toast(plan):
        response["HX-Trigger"] = json.dumps({"toast": toast})
    return response


def _query_of_page(request: HttpRequest, plan: Plan) -> QueryDict:
    """The filter of the page that asks, when it is the plan's own: a sheet lies over another page."""
    shown = urlsplit(cast(HtmxRequest, request).htmx.current_url or "")
    is_own = shown.path == plan_presentation.url_of(plan)
    return QueryDict(shown.query[:2000] if is_own else "")


@require_safe
@permission("portal.view")
def plan_rows(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    plan = get_plan_or_404(user, uid)
    return render(request, "commands/_plan_rows.html", plan_presentation.lines(user, plan, request.GET))


@require_safe
@permission("portal.view")
def plan_csv(request: HttpRequest, uid: uuid.UUID) -> HttpResponseBase:
    user = signed_in(request)
    plan = get_plan_or_404(user, uid)
    if plan.state == Plan.State.FREEZING:
        raise Http404
    pieces = plan_file.csv_pieces(user, plan)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Encoding"] = "identity"  # packing it would take three times as long as making it
    name = f"plan-{plan.kind}-{timezone.localtime(plan.created_at):%Y%m%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
