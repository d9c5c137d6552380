"""Why SIMs are protected, or not any more; and which view protects."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sims.models import SavedView


class ReasonForm(forms.Form):
    """A reason: everybody who is kept from a change reads it."""

    reason = forms.CharField(
        max_length=300,
        label=_("Reason"),
        error_messages={
            "required": _("Say why: whoever meets this protection reads it."),
            "max_length": _("The reason has at most 300 characters."),
        },
    )


class ViewForm(ReasonForm):
    """A shared view whose SIMs are to be protected."""

    view = forms.ModelChoiceField(
        queryset=SavedView.objects.none(),
        label=_("Shared view"),
        empty_label=_("Choose…"),
        error_messages={
            "required": _("Choose a shared view."),
            "invalid_choice": _("Only a shared view that does not protect yet can be chosen."),
        },
    )
    field_order = ("view", "reason")

    def __init__(self, *args: Any, views: "QuerySet[SavedView]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["view"].queryset = views  # type: ignore[attr-defined]


def complaint(form: forms.Form) -> str:
    """Everything that is wrong with it, as one line."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)
