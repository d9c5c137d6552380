"""How careful an enterprise is: its rules, and which undocumented operations an administrator vouches for.

Nothing here asks the platform: no candidate path is ever tried out with a change.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commands.making import rules_of
from commands.models import Rules
from commands.refusals import Refused
from enterprise.connections import may
from enterprise.models import Enterprise
from smarthub_client.endpoints import OPERATIONS, Mark, Operation
from staff import audit
from staff.models import AuditEvent, User

NAMES = ("approval_over", "approval_hours", "cooling_hours", "stop_percent")
LABELS: Mapping[str, str | Promise] = {
    "custom_fields_edit": gettext_lazy("Edit custom fields"),
    "activate": gettext_lazy("Activate"),
    "suspend": gettext_lazy("Suspend"),
    "retire": gettext_lazy("Retire"),
    "supplementary_plan": gettext_lazy("Add supplementary plan"),
    "basic_plan": gettext_lazy("Change rate plan"),
    "apn_status": gettext_lazy("Open or close APN"),
    "batch_activate": gettext_lazy("Activate up to 100 at once"),
    "batch_suspend": gettext_lazy("Suspend up to 100 at once"),
    "batch_retire": gettext_lazy("Retire up to 100 at once"),
    "batch_basic_plan": gettext_lazy("Change the rate plan of up to 100 at once"),
    "send_sms": gettext_lazy("Send SMS"),
}


@dataclass(frozen=True)
class Line:
    """An operation that changes something, and whether it may be used on this connection.

    `by`: the last event of the audit trail about it, while somebody vouches for it.
    """

    operation: Operation
    label: str | Promise
    may: bool
    is_confirmed: bool
    by: AuditEvent | None

    @property
    def is_documented(self) -> bool:
        return self.operation.mark is Mark.DOC


def lines(enterprise: Enterprise) -> list[Line]:
    """All of them, in the order of the contract."""
    events = AuditEvent.objects.filter(deed="operation.confirm", about=enterprise.name).order_by("pk")
    latest = {event.detail.get("operation"): event for event in events[:1000]}
    confirmed = set(enterprise.confirmed_operations)
    return [
        Line(
            row,
            LABELS.get(name, name),
            may(enterprise, name),
            name in confirmed,
            latest.get(name) if name in confirmed else None,
        )
        for name, row in OPERATIONS.items()
        if row.mutating
    ]


def save_rules(actor: User, enterprise: Enterprise, values: Mapping[str, int]) -> Rules:
    """Nothing is recorded when nothing changes."""
    with transaction.atomic():
        Enterprise.objects.select_for_update().get(pk=enterprise.pk)
        rules = rules_of(enterprise)
        changes = {
            name: [getattr(rules, name), values[name]]
            for name in NAMES
            if getattr(rules, name) != values[name]
        }
        for name in changes:
            setattr(rules, name, values[name])
        if changes:
            rules.save()
            audit.record(actor, "rules.change", enterprise.name, detail={"changes": changes})
    return rules


def confirm(actor: User, enterprise: Enterprise, operation: str, *, note: str, is_confirmed: bool) -> None:
    """Vouches for an operation, or no longer does. A double click changes nothing. Raises `Refused`."""
    row = OPERATIONS.get(operation)
    if row is None or not row.mutating or row.mark is Mark.DOC:
        raise Refused(_("This operation needs nobody to vouch for it."))
    if len(note.strip()) < 3:
        raise Refused(_("Say who at SmartHub told you, or why you take it back: others rely on it."))
    with transaction.atomic():
        held = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
        before = set(held.confirmed_operations)
        after = before | {operation} if is_confirmed else before - {operation}
        if after == before:
            return
        held.confirmed_operations = sorted(after)
        held.save(update_fields=["confirmed_operations"])
        detail = {
            "operation": operation,
            "path": f"{row.method} {row.path}",
            "is_confirmed": is_confirmed,
            "note": note.strip()[:500],
        }
        audit.record(actor, "operation.confirm", held.name, detail=detail)
