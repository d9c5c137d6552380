"""Changing what an enterprise wants of SMS: what changed stands in the audit trail."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from enterprise.models import Enterprise
from messaging.kind import policy_of
from messaging.models import Policy
from staff import audit
from staff.models import User

NAMES = (
    "keep_days", "max_parts", "report_hours",
    "an_hour", "quiet_from", "quiet_to", "quiet_zone", "fallback_zone",
)  # fmt: skip


def save(actor: User, enterprise: Enterprise, values: Mapping[str, Any]) -> Policy:
    """Nothing is recorded when nothing changes."""
    with transaction.atomic():
        Enterprise.objects.select_for_update().get(pk=enterprise.pk)
        policy = policy_of(enterprise.pk)
        before = {name: getattr(policy, name) for name in NAMES}
        changed = {name: values[name] for name in NAMES if values[name] != before[name]}
        for name, value in changed.items():
            setattr(policy, name, value)
        if changed:
            policy.save()
            detail = {name: [_plain(before[name]), _plain(value)] for name, value in changed.items()}
            audit.record(actor, "sms_policy.change", enterprise.name, detail={"changes": detail})
    return policy


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    return value if value is None or isinstance(value, int | str) else f"{value:%H:%M}"
