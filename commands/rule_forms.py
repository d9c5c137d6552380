"""Forms of the rules for changes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commands.models import Rules
from commands.rule_changes import NAMES


class RulesForm(forms.ModelForm[Rules]):
    """The four figures. Saved by `rule_changes.save_rules`, which records what changed."""

    class Meta:
        model = Rules
        fields = NAMES


class ConfirmForm(forms.Form):
    """`told`: the tick "SmartHub confirmed this path to us"; needed to vouch, not to take it back."""

    operation = forms.CharField(max_length=40)
    withdraw = forms.BooleanField(required=False)
    told = forms.BooleanField(required=False)
    note = forms.CharField(
        min_length=3,
        max_length=500,
        error_messages={
            "required": _("Say who at SmartHub told you, or why you take it back: others rely on it."),
            "min_length": _("Say who at SmartHub told you, or why you take it back: others rely on it."),
        },
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("withdraw") and not cleaned.get("told"):
            raise forms.ValidationError(_("Tick that SmartHub confirmed this path to you."))
        return cleaned

    @property
    def problem(self) -> str:
        """All that is wrong, in one sentence or two."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)
