"""What an enterprise wants of SMS: everybody reads it, an administrator writes it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enterprise.access import current_enterprise, current_enterprise_or_404, signed_in
from enterprise.models import Enterprise
from messaging import page_tabs, policies
from messaging.kind import policy_of
from messaging.text_forms import SettingsForm
from staff.gate import permission
from staff.models import User


@require_safe
@permission("portal.view")
def settings(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    form = SettingsForm(policy_of(enterprise.pk))
    return render(request, "messaging/settings.html", _context(signed_in(request), enterprise, form))


@require_POST
@permission("commands.rules")
def settings_save(request: HttpRequest) -> HttpResponse:
    user, enterprise = signed_in(request), current_enterprise_or_404(request)
    form = SettingsForm(policy_of(enterprise.pk), request.POST)
    if not form.is_valid():
        return render(request, "messaging/settings.html", _context(user, enterprise, form), status=422)
    policies.save(user, enterprise, form.cleaned_data)
    messages.success(request, _("The settings are saved."))
    return redirect("messages:settings")


def _context(user: User, enterprise: Enterprise, form: SettingsForm) -> dict[str, Any]:
    return {
        "tabs": page_tabs.tabs(user, enterprise, "messages:settings"),
        "enterprise": enterprise,
        "form": form,
        "facts": [{"label": field.label, "value": _shown(field)} for field in form],
        "may_change": user.has_perm("commands.rules"),
    }


def _shown(field: Any) -> str:
    value = field.initial
    choices = dict(getattr(field.field, "choices", ()))
    if value in choices:
        return str(choices[value])
    if value is None:
        return "–"
    return f"{value:%H:%M}" if hasattr(value, "hour") else str(value)
