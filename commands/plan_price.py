"""What a plan costs of the hour's requests, compared with what is left."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commands.models import Plan
from common import formats


def price_of(plan: Plan) -> dict[str, Any]:
    """{text, hint, is_over}; what is left is what the platform's headers said last."""
    words = ngettext("%(count)s call", "%(count)s calls", plan.calls) % {"count": formats.count(plan.calls)}
    enterprise = plan.enterprise
    limit, left = enterprise.rate_limit, enterprise.rate_remaining
    if limit is None or left is None:
        return {"text": words, "hint": _("What is left of the hour is not known yet."), "is_over": False}
    if enterprise.rate_reset_at is None or enterprise.rate_reset_at <= timezone.now():
        left = limit
    figures = {"left": formats.count(left), "limit": formats.count(limit)}
    if plan.calls > left:
        hint = _("More than the %(left)s of %(limit)s left this hour: the rest waits for the next one.")
        return {"text": words, "hint": hint % figures, "is_over": True}
    return {"text": words, "hint": _("%(left)s of %(limit)s are left this hour.") % figures, "is_over": False}
