"""What people do with a plan: release, pause, resume, cancel, try again. Refused: back to the plan, with the reason."""

import uuid
from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from commands import page_tabs, plan_presentation, plans, repeat
from commands.access import get_plan_or_404
from commands.approvals import why_needed
from commands.models import Plan
from commands.plan_forms import AgainForm, ExecuteForm
from commands.refusals import Refused
from enterprise.access import signed_in
from staff.gate import permission
from staff.models import User

Deed = Callable[[HttpRequest, User, Plan], Plan | HttpResponse]


def deed(act: Deed) -> Callable[[HttpRequest, uuid.UUID], HttpResponse]:
    """Through the door, one call, and to the plan it returns."""

    @wraps(act)
    def view(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
        user = signed_in(request)
        plan = get_plan_or_404(user, uid)
        try:
            done = act(request, user, plan)
        except Refused as reason:
            messages.error(request, str(reason))
            done = plan
        return redirect("commands:plan", done.pk) if isinstance(done, Plan) else done

    return view


@require_POST
@permission("commands.run")
@deed
def plan_submit(request: HttpRequest, user: User, plan: Plan) -> Plan | HttpResponse:
    """A second click finds the plan released already, which `plans.submit` takes as done."""
    needs_other = bool(why_needed(plan, plans.rules_of(plan.enterprise)))
    form = ExecuteForm(plan, request.POST, needs_other=needs_other)
    if form.is_valid():
        return plans.submit(user, plan, **form.orders())
    if plan.state != Plan.State.DRAFT:
        raise Refused(_("This plan is not a draft any more."))
    context = plan_presentation.page(user, plan, request.GET, form)
    context["tabs"] = page_tabs.tabs(user, plan.enterprise, "commands:plans")
    return render(request, "commands/plan.html", context, status=422)


@require_POST
@permission("commands.run")
@deed
def plan_pause(request: HttpRequest, user: User, plan: Plan) -> Plan:
    return plans.pause(user, plan)


@require_POST
@permission("commands.run")
@deed
def plan_resume(request: HttpRequest, user: User, plan: Plan) -> Plan:
    return plans.resume(user, plan)


@require_POST
@permission("commands.run")
@deed
def plan_cancel(request: HttpRequest, user: User, plan: Plan) -> Plan:
    return plans.cancel(user, plan)


@require_POST
@permission("commands.run")
@deed
def plan_retry(request: HttpRequest, user: User, plan: Plan) -> Plan:
    """A new draft of what failed."""
    return plans.retry_failed(user, plan, form_uid=_form_uid(request))


@require_POST
@permission("commands.run")
@deed
def plan_again(request: HttpRequest, user: User, plan: Plan) -> Plan:
    """The same SIMs, frozen as they are now."""
    return repeat.make_again(user, plan, form_uid=_form_uid(request))


def _form_uid(request: HttpRequest) -> uuid.UUID:
    form = AgainForm(request.POST)
    if not form.is_valid():
        raise Refused(_("That form was incomplete. Reload the page and try again."))
    uid: uuid.UUID = form.cleaned_data["uid"]
    return uid
