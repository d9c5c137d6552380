"""Pages of orders: the list, one of them, those that need a person; and the drawer of what is under way."""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from commands import activity, command_presentation, decide_form
from commands.access import get_command_or_404
from commands.refusals import Refused
from common.htmx import STOP_POLLING, render_page, wants_fragment
from enterprise.access import current_enterprise, current_enterprise_or_404, signed_in
from staff.gate import permission


@require_safe
@permission("portal.view")
def order_list(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    context = command_presentation.order_list(request, signed_in(request), enterprise)
    return render_page(request, "commands/list.html", "commands/_orders.html", context)


@require_safe
@permission("portal.view")
def order_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    context = command_presentation.order_detail(user, get_command_or_404(user, pk))
    status = STOP_POLLING if wants_fragment(request) and not context["is_open"] else 200
    return render_page(request, "commands/detail.html", "commands/_order.html", context, status=status)


@require_safe
@permission("portal.view")
def needs_person(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise_or_404(request)
    context = command_presentation.worklist(request, signed_in(request), enterprise)
    return render(request, "commands/needs_person.html", context)


@require_POST
@permission("commands.decide")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    order = get_command_or_404(user, pk)
    try:
        messages.success(request, decide_form.carry_out(user, order, request.POST))
    except Refused as refused:
        messages.error(request, str(refused))
    if request.POST.get("back") == "list":
        return redirect("commands:needs-person")
    return redirect("commands:detail", order.pk)


@require_safe
@permission("portal.view")
def activity_drawer(request: HttpRequest) -> HttpResponse:
    """`part=figures`: only the figures on the drawer's button, which also tell when a watched plan ended."""
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    figures = activity.figures(user, enterprise)
    status = STOP_POLLING if wants_fragment(request) and not figures.watched else 200
    if wants_fragment(request) and request.GET.get("part") == "figures":
        response = render(request, "commands/_activity_figures.html", {"figures": figures}, status=status)
        if toast := activity.farewells(activity.ended(user, request.GET.getlist("watch"))):
            response["HX-Trigger"] = json.dumps({"toast": toast})
        return response
    context = activity.drawer(user, enterprise, figures)
    return render_page(request, "commands/activity.html", "commands/_activity.html", context, status=status)
