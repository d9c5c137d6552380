"""What the pages of templates are given."""

from typing import Any

from commands.fleet import fleet
from enterprise.models import Enterprise
from messaging import page_tabs
from messaging.models import Template
from messaging.samples import Sample, samples
from messaging.text_forms import TemplateForm
from messaging.texts import measure
from messaging.variables import names_in
from staff.models import User


def overview(user: User, enterprise: Enterprise) -> dict[str, Any]:
    kept = Template.objects.filter(enterprise=enterprise).select_related("changed_by")
    return {
        "tabs": page_tabs.tabs(user, enterprise, "messages:templates"),
        "enterprise": enterprise,
        "rows": [{"template": row, "names": names_in(row.text), "length": measure(row.text)} for row in kept],
        "may_write": user.has_perm("commands.run"),
    }


def one(user: User, form: TemplateForm, sought: str) -> dict[str, Any]:
    """`sought`: what the person typed to find a SIM to try it with."""
    template: Template = form.instance
    sample = _tried(user, template, form.max_parts, sought[:100]) if template.pk and sought else None
    shown = form.data.get("text") if form.is_bound else template.text
    return {
        "tabs": page_tabs.tabs(user, template.enterprise, "messages:templates"),
        "template": template,
        "form": form,
        "may_write": user.has_perm("commands.run"),
        "names": [*fleet().variable_names()],
        "length": measure(str(shown)) if shown else None,
        "parts": form.max_parts,
        "sought": sought,
        "sample": sample,
    }


def _tried(user: User, template: Template, max_parts: int, sought: str) -> Sample | None:
    found = fleet().find(user, template.enterprise_id, sought, 1)
    return next(iter(samples(template.enterprise_id, found, template.text, max_parts)), None)
