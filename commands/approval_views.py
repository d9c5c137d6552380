"""The second person's pages: the inbox, and the answers to a question about a plan."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commands import approval_presentation, page_tabs, plans
from commands.models import Plan
from commands.plan_deed_views import deed
from commands.plan_forms import AnswerForm, EmergencyForm
from commands.refusals import Refused
from enterprise.access import current_enterprise_or_404, signed_in
from staff.gate import permission
from staff.models import User


@require_safe
@permission("portal.view")
def approval_list(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    context = approval_presentation.inbox(user, enterprise)
    context["tabs"] = page_tabs.tabs(user, enterprise, "commands:approvals")
    return render(request, "commands/approvals.html", context)


def _answer(form: AnswerForm) -> dict[str, str]:
    if not form.is_valid():
        raise Refused(_("That form was incomplete. Reload the page and try again."))
    return {"digest": form.cleaned_data["digest"], "reason": form.cleaned_data["reason"]}


@require_POST
@permission("commands.approve")
@deed
def plan_approve(request: HttpRequest, user: User, plan: Plan) -> Plan:
    return plans.approve(user, plan, **_answer(AnswerForm(request.POST)))


@require_POST
@permission("commands.approve")
@deed
def plan_decline(request: HttpRequest, user: User, plan: Plan) -> Plan:
    return plans.decline(user, plan, reason=_answer(AnswerForm(request.POST))["reason"])


@require_POST
@permission("commands.rules")
@deed
def plan_bypass(request: HttpRequest, user: User, plan: Plan) -> Plan:
    """Red, with a tick, and shouted in the audit trail."""
    form = EmergencyForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Tick the box and give a reason: without both nothing is released."))
    return plans.bypass(user, plan, **_answer(form))
