"""The rules for changes: everybody reads them, an administrator writes them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commands import page_tabs, rule_changes
from commands.making import rules_of
from commands.refusals import Refused
from commands.rule_forms import ConfirmForm, RulesForm
from enterprise.access import current_enterprise, current_enterprise_or_404, signed_in
from enterprise.models import Enterprise
from staff.gate import permission
from staff.models import User


@require_safe
@permission("portal.view")
def rules(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    form = RulesForm(instance=rules_of(enterprise))
    return render(request, "commands/rules.html", _context(signed_in(request), enterprise, form))


@require_POST
@permission("commands.rules")
def rules_save(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    form = RulesForm(request.POST, instance=rules_of(enterprise))
    if not form.is_valid():
        return render(request, "commands/rules.html", _context(user, enterprise, form), status=422)
    rule_changes.save_rules(user, enterprise, form.cleaned_data)
    messages.success(request, _("The rules are saved. They hold for every plan released from now on."))
    return redirect("commands:rules")


@require_POST
@permission("commands.rules")
def rules_confirm(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.problem)
        return redirect("commands:rules")
    given = form.cleaned_data
    try:
        rule_changes.confirm(
            user, enterprise, given["operation"], note=given["note"], is_confirmed=not given["withdraw"]
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is noted, and in the audit trail."))
    return redirect("commands:rules")


def _context(user: User, enterprise: Enterprise, form: RulesForm) -> dict[str, Any]:
    return {
        "tabs": page_tabs.tabs(user, enterprise, "commands:rules"),
        "enterprise": enterprise,
        "form": form,
        "facts": [{"label": field.label, "value": field.initial} for field in form],
        "lines": rule_changes.lines(enterprise),
        "may_change": user.has_perm("commands.rules"),
    }
