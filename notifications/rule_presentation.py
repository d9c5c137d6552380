"""What the pages about rules show."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from enterprise.models import Enterprise
from notifications import presentation, trial
from notifications.defaults import TEMPLATES, Template, name_of
from notifications.models import Alert, Execution, Rule
from notifications.rule_forms import RuleForm
from notifications.triggers import TRIGGERS, trigger_of
from staff.models import User

_SHOWN = 50


def listing(user: User, enterprise: Enterprise) -> dict[str, Any]:
    open_ones = Count("alerts", filter=~Q(alerts__state=Alert.State.RESOLVED))
    rules = Rule.objects.filter(enterprise=enterprise, removed_at=None).annotate(open_alerts=open_ones)
    lines = [_line(rule) for rule in rules.select_related("view", "tag")]
    return {
        "tabs": presentation.tabs(user, "notifications:rules"),
        "enterprise": enterprise,
        "lines": sorted(lines, key=lambda line: (not line["rule"].is_enabled, line["name"])),
        "may_change": user.has_perm("alerts.rules"),
    }


def _line(rule: Rule) -> dict[str, Any]:
    trigger = trigger_of(rule)
    return {
        "rule": rule,
        "name": name_of(rule),
        "icon": trigger.icon_of(rule.params),
        "sentence": trigger.sentence(rule.params),
        "scope": scope_words(rule),
    }


def scope_words(rule: Rule) -> str:
    """Which SIMs, in words; empty for all."""
    if rule.view:
        return _("SIMs of the view “%(name)s”") % {"name": rule.view.name}
    return _("SIMs tagged “%(name)s”") % {"name": rule.tag.name} if rule.tag else ""


def gallery(user: User, enterprise: Enterprise) -> dict[str, Any]:
    """Templates that are not a rule yet, by key or name, and every trigger to begin from nothing."""
    rows = Rule.objects.filter(enterprise=enterprise, removed_at=None).values_list("template", "name")
    taken = {word for pair in rows for word in pair}
    return {
        "tabs": presentation.tabs(user, "notifications:rules"),
        "templates": [
            _offer(template)
            for template in TEMPLATES.values()
            if taken.isdisjoint((template.key, str(template.name)))
        ],
        "triggers": list(TRIGGERS.values()),
    }


def _offer(template: Template) -> dict[str, Any]:
    trigger = TRIGGERS[template.trigger]
    return {
        "key": template.key,
        "name": template.name,
        "icon": trigger.icon_of(template.params),
        "sentence": trigger.sentence(trigger.clean(template.params)),
    }


def form_page(
    user: User, form: RuleForm, rule: Rule | None = None, tried: "trial.Trial | None" = None
) -> dict[str, Any]:
    return {
        "tabs": presentation.tabs(user, "notifications:rules"),
        "form": form,
        "trigger": form.trigger,
        "rule": rule,
        "name": name_of(rule) if rule else "",
        "may_change": user.has_perm("alerts.rules"),
        "trial": trial_of(tried) if tried else None,
        "executions": _history(rule) if rule else [],
        "open_alerts": Alert.objects.filter(rule=rule).exclude(state=Alert.State.RESOLVED).count()
        if rule
        else 0,
    }


def _history(rule: Rule) -> "QuerySet[Execution]":
    return Execution.objects.filter(rule=rule).select_related("alert", "plan")[:_SHOWN]


def trial_of(tried: "trial.Trial") -> dict[str, Any]:
    """The trial with its days as a chart."""
    columns = [
        {"label": f"{day:%m-%d}", "title": f"{day:%Y-%m-%d}", "values": [count]}
        for day, count in tried.by_day
    ]
    return {"result": tried, "columns": columns, "series": [{"label": _("Would have fired"), "tone": "blue"}]}
