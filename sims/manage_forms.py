"""The form of a change: the kind's own fields, a reason, and for retiring the cooling-off."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commands.kind_table import APN_LENGTH, CUSTOM_LENGTH, PACKAGE_LENGTH
from commands.kinds import Field, Kind
from sims.manage_choices import Choices
from smarthub_client.writes import APN_STATUSES

MAX_HOURS = 24 * 30
EMPTY = "empty_"
TYPES = {"basic": "BASIC", "supplementary": "SUPPLEMENTARY"}


class ManageForm(forms.Form):
    """`uid` makes a double click one plan. Names of the other fields are the kind's own."""

    uid = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, kind: Kind, choices: Choices, cooling_hours: int, data: Any = None) -> None:
        super().__init__(data, initial={"uid": uuid.uuid4()})
        self.kind, self.choices = kind, choices
        for field in kind.fields:
            self._add(field)
        if kind.needs_second_person:
            self.fields["cooling_hours"] = _hours(cooling_hours, may_skip=choices.is_suspended)
        self.fields["reason"] = forms.CharField(
            required=False,
            max_length=500,
            label=_("Reason"),
            help_text=_("Kept with the plan and in the audit trail."),
        )

    def _add(self, field: Field) -> None:
        if field.choices in TYPES:
            self.fields[field.name] = _package(field, self.choices)
        elif field.choices == "apns":
            self.fields[field.name] = _apn(field, self.choices)
        elif field.choices == "apn_status":
            self.fields[field.name] = forms.ChoiceField(choices=_apn_statuses(), label=str(field.label))
        else:
            self.fields[field.name] = forms.CharField(
                required=False, strip=False, max_length=CUSTOM_LENGTH, label=_custom_label(field.name)
            )
            label = _("Make it empty: %(field)s") % {"field": _custom_label(field.name)}
            self.fields[EMPTY + field.name] = forms.BooleanField(required=False, label=label)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "uid" in self.errors:
            self.add_error(None, _("That form was incomplete. Reload the page and try again."))
        for field in self.kind.fields:
            if cleaned.get(EMPTY + field.name) and cleaned.get(field.name):
                self.add_error(field.name, _("Either a new value or empty, not both."))
        return cleaned

    def params(self) -> dict[str, Any]:
        """For `commands.plans.make`. A custom field left empty stays as it is, unless it is ticked to be emptied."""
        found = {}
        for field in self.kind.fields:
            value = self.cleaned_data[field.name]
            if field.is_required or value or self.cleaned_data.get(EMPTY + field.name):
                found[field.name] = value
        return found

    def orders(self) -> dict[str, Any]:
        """The other arguments of `commands.plans.make` that people choose."""
        cleaned = self.cleaned_data
        hours = cleaned.get("cooling_hours") or 0
        return {"form_uid": cleaned["uid"], "reason": cleaned["reason"], "cooling_hours": hours}


def _custom_label(name: str) -> str:
    return _("Custom field %(n)s") % {"n": name.removeprefix("custom")}


def _package(field: Field, choices: Choices) -> forms.Field:
    """A choice of those the accounts have; a text while none is known, and then the platform decides."""
    offered = choices.packages.get(TYPES[field.choices], [])
    if offered:
        return forms.ChoiceField(choices=[("", _("Choose…")), *offered], label=str(field.label))
    help_text = _("No package of this kind has been read yet, so type its name; SmartHub decides.")
    return forms.CharField(max_length=PACKAGE_LENGTH, label=str(field.label), help_text=help_text)


def _apn(field: Field, choices: Choices) -> forms.Field:
    if choices.apns:
        return forms.ChoiceField(choices=choices.apns, label=str(field.label))
    attrs = {"list": "apn_suggestions", "autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(max_length=APN_LENGTH, label=str(field.label), widget=forms.TextInput(attrs=attrs))


def _apn_statuses() -> list[tuple[str, Any]]:
    words = {"OPEN": gettext_lazy("Open"), "CLOSED": gettext_lazy("Closed")}
    return [(status, words[status]) for status in APN_STATUSES]


def _hours(usual: int, *, may_skip: bool) -> forms.Field:
    """A SIM that is active has to be suspended first, so its cooling-off has at least an hour."""
    text = _(
        "It is suspended at once and retired so many hours later; until then the retirement can be cancelled."
    )
    return forms.IntegerField(
        min_value=0 if may_skip else 1,
        max_value=MAX_HOURS,
        initial=usual if may_skip else max(1, usual),
        label=_("Cooling-off (hours)"),
        help_text=text + (" " + _("0: retired at once.") if may_skip else ""),
    )
