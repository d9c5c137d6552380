"""What the page of a message to many is given."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from commands.fleet import Chosen, fleet
from enterprise.models import Enterprise
from messaging import page_tabs, template_texts
from messaging.kind import policy_of
from messaging.samples import samples
from messaging.text_forms import BulkForm
from messaging.texts import measure
from messaging.variables import names_in
from staff.models import User

READY = "ready"
FIRST = 5


def form(chosen: Chosen, data: Any, *, template: str) -> BulkForm:
    """`template`: the one whose text the field begins with."""
    found = template_texts.chosen(template_texts.choices(chosen.enterprise_id), template)
    return BulkForm(policy_of(chosen.enterprise_id), data, text=found.text if found else "")


def fragment(data: Any) -> str:
    """What htmx asks for: the samples as one types, else the page while the selection is being resolved."""
    return "messaging/_bulk.html" if data is None else "messaging/_samples.html"


def page(user: User, uid: uuid.UUID, chosen: Chosen, form: BulkForm, *, is_look: bool) -> dict[str, Any]:
    """`is_look`: the form was not sent yet, so what is missing in it is not said."""
    enterprise = Enterprise.objects.get(pk=chosen.enterprise_id)
    text = str((form.data.get("text") if form.is_bound else form["text"].initial) or "")
    is_right = (form.is_bound and form.is_valid()) or not form.is_bound
    problem = "" if is_right or "text" not in form.errors or not text else str(form.errors["text"][0])
    if is_look and form.is_bound:
        form.errors.clear()
    return {
        "tabs": page_tabs.tabs(user, enterprise, ""),
        "enterprise": enterprise,
        "chosen": chosen,
        "action": reverse("messages:bulk", args=[uid]),
        "custom_action": reverse("messages:bulk-custom", args=[uid]),
        "form": form,
        "parts": form.max_parts,
        "length": measure(text) if text else None,
        "templates": template_texts.choices(chosen.enterprise_id),
        "names": [*fleet().variable_names()],
        **_samples(user, uid, chosen, "" if problem else text, form.max_parts),
        "problem": problem,
        "may_read": user.has_perm("sims.refresh"),
    }


def _samples(user: User, uid: uuid.UUID, chosen: Chosen, text: str, max_parts: int) -> dict[str, Any]:
    if chosen.state != READY:
        return {}
    first = fleet().first_of(user, uid, FIRST) if text.strip() else []
    uses_custom = any(name.startswith("custom") for name in names_in(text))
    return {
        "samples": samples(chosen.enterprise_id, first, text, max_parts),
        "ages": SimpleLazyObject(lambda: fleet().custom_ages(user, uid)),
        "uses_custom": uses_custom,
    }
