"""Rules for alerts: who sees all accounts reads them; approvers among them make them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprise.access import current_enterprise, current_enterprise_or_404, signed_in
from notifications import rule_presentation, rules, trial
from notifications.access import get_rule_or_404
from notifications.defaults import TEMPLATES
from notifications.models import Rule
from notifications.rule_forms import RuleForm, initial_of
from notifications.triggers import TRIGGERS, BadRule
from staff.gate import permission


@require_safe
@permission("alerts.read_rules")
def rule_list(request: HttpRequest) -> HttpResponse:
    enterprise = current_enterprise(request)
    if enterprise is None:
        return render(request, "sims/no_enterprise.html")
    return render(
        request, "notifications/rules.html", rule_presentation.listing(signed_in(request), enterprise)
    )


@require_safe
@permission("alerts.rules")
def rule_new(request: HttpRequest) -> HttpResponse:
    context = rule_presentation.gallery(signed_in(request), current_enterprise_or_404(request))
    return render(request, "notifications/rule_new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("alerts.rules")
def rule_make(request: HttpRequest, start: str) -> HttpResponse:
    """`start`: a template or a trigger."""
    template = TEMPLATES.get(start)
    trigger = TRIGGERS.get(template.trigger if template else start)
    if trigger is None:
        raise Http404
    enterprise = current_enterprise_or_404(request)
    rule = Rule(
        enterprise=enterprise, trigger=trigger.key, params=trigger.clean(template.params if template else {})
    )
    if template:
        rule.name, rule.severity = str(template.name), template.severity
    return _edit(request, rule)


@require_safe
@permission("alerts.read_rules")
def rule_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_rule_or_404(signed_in(request), pk))


@require_POST
@permission("alerts.rules")
def rule_save(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_rule_or_404(signed_in(request), pk))


def _edit(request: HttpRequest, rule: Rule) -> HttpResponse:
    """Shows the form, tries the rule on the past, or saves it."""
    user, tried, status = signed_in(request), None, 200
    form = RuleForm(request.POST or None, initial=initial_of(rule), rule=rule)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                wished = rules.draft(user, rule.enterprise, form.wish, rule)
                if request.POST.get("act") != "try":
                    return _saved(request, rules.save(user, wished, form.wish.channels))
            except BadRule as problem:
                form.add_error(None, str(problem))
            else:
                tried, status = trial.of(wished, timezone.now()), 200
    context = rule_presentation.form_page(user, form, rule if rule.pk else None, tried)
    return render(request, "notifications/rule.html", context, status=status)


def _saved(request: HttpRequest, rule: Rule) -> HttpResponse:
    messages.success(request, _("The rule is saved. What it finds from now on stands under Notifications."))
    return redirect("notifications:rule", rule.pk)


@require_POST
@permission("alerts.rules")
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    rule = rules.switch(user, get_rule_or_404(user, pk), is_enabled=request.POST.get("on") == "1")
    messages.success(request, _("The rule is on.") if rule.is_enabled else _("The rule is off."))
    return redirect("notifications:rules")


@require_POST
@permission("alerts.rules")
def rule_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    rules.remove(user, get_rule_or_404(user, pk))
    messages.success(request, _("The rule is removed. Its alerts stay."))
    return redirect("notifications:rules")
