"""Texts kept for sending again: written by whoever may send, used by them, and what was written stands in the audit
trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from commands.fleet import fleet
from commands.refusals import Refused
from enterprise.models import Enterprise
from messaging.models import Template
from messaging.variables import MissingValue, fill, literal
from staff import audit
from staff.models import User


@dataclass(frozen=True)
class Choice:
    """A template for a select. `text`: filled for the SIM, if one is known, so that sending it fills nothing more;
    `missing`: what that SIM lacks, then the gaps stay.
    """

    pk: int
    name: str
    text: str
    missing: str = ""


def choices(enterprise_id: int, giccid: str = "") -> list[Choice]:
    """All templates of an enterprise; with an ICCID their texts are filled for that SIM."""
    kept = Template.objects.filter(enterprise=enterprise_id)
    if not giccid:
        return [Choice(row.pk, row.name, row.text) for row in kept]
    values = fleet().variables(enterprise_id, [giccid]).get(giccid, {})
    return [_filled(row, values) for row in kept]


def chosen(found: Sequence[Choice], pk: object) -> Choice | None:
    """The one an address names; None for a strange value."""
    return next((choice for choice in found if str(choice.pk) == str(pk)), None)


def _filled(row: Template, values: Mapping[str, str]) -> Choice:
    try:
        return Choice(row.pk, row.name, literal(fill(row.text, values)))
    except MissingValue as missing:
        return Choice(row.pk, row.name, row.text, ", ".join(missing.names))


def save(actor: User, template: Template) -> Template:
    """Writes down a new or changed one. Raises `Refused` when its name is taken."""
    before = Template.objects.filter(pk=template.pk).first() if template.pk else None
    template.changed_by = actor
    try:
        with transaction.atomic():
            template.save()
            detail: dict[str, Any] = _told(template)
            if before is not None:
                detail |= {"was": [before.name, before.text]}
            audit.record(actor, "sms_template.save", template.name, detail=detail)
    except IntegrityError:
        raise Refused(_("There is a template of this name already.")) from None
    return template


def remove(actor: User, template: Template) -> None:
    """What was sent with it stays as it is."""
    with transaction.atomic():
        detail = _told(template)
        if Template.objects.filter(pk=template.pk).delete()[0]:
            audit.record(actor, "sms_template.remove", template.name, detail=detail)


def _told(template: Template) -> dict[str, Any]:
    return {"name": template.name, "text": template.text, "enterprise": template.enterprise.name}


def kept_for(enterprise: Enterprise, pk: int) -> Template | None:
    return Template.objects.filter(enterprise=enterprise, pk=pk).select_related("enterprise").first()
