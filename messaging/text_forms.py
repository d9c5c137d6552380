"""Forms around texts with gaps: a template, a message to many, an enterprise's settings."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commands.kinds import BadParams, kind_named
from commands.pace import Pace
from commands.states import MESSAGE
from messaging.kind import LONGEST_TEMPLATE
from messaging.models import Policy, Template
from messaging.pace_fields import PaceForm


def checked_text(text: str, max_parts: int) -> str:
    """As it is kept or sent. Raises `ValidationError` with a sentence for people."""
    try:
        return str(kind_named(MESSAGE).clean({"text": text, "max_parts": max_parts})["text"])
    except BadParams as problem:
        raise forms.ValidationError(str(problem)) from None


def _text(rows: int = 4) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows, "maxlength": LONGEST_TEMPLATE})
    return forms.CharField(strip=False, label=gettext_lazy("Text"), widget=area, max_length=LONGEST_TEMPLATE)


class _Counted(forms.Form):
    """`text` is counted while it is typed (static/js/sms.js)."""

    max_parts = 1

    def count(self, max_parts: int) -> None:
        self.max_parts = max_parts
        marks = {"data-sms-count": "sms_counter", "data-sms-parts": str(max_parts)}
        self.fields["text"].widget.attrs |= marks

    def clean_text(self) -> str:
        return checked_text(self.cleaned_data["text"], self.max_parts)


class TemplateForm(_Counted, forms.ModelForm[Template]):
    text = _text()

    class Meta:
        model = Template
        fields = ("name", "text")

    def __init__(self, *args: Any, max_parts: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count(max_parts)


class BulkForm(_Counted, PaceForm):
    """`uid` makes a double click one plan."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    text = _text()
    reason = forms.CharField(
        required=False,
        max_length=500,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept with the plan and in the audit trail."),
    )

    def __init__(self, policy: Policy, data: Any = None, *, text: str = "") -> None:
        super().__init__(data, initial=initial_pace(policy) | {"uid": uuid.uuid4(), "text": text})
        self.count(policy.max_parts)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "uid" in self.errors:
            self.add_error(None, _("That form was incomplete. Reload the page and try again."))
        return cleaned


class SettingsForm(PaceForm):
    """Saved by `policies.save`, which records what changed."""

    keep_days = forms.IntegerField(min_value=1, max_value=3650)
    max_parts = forms.IntegerField(min_value=1, max_value=3)
    report_hours = forms.IntegerField(min_value=1, max_value=24 * 14)

    def __init__(self, policy: Policy, data: Any = None) -> None:
        own = {name: getattr(policy, name) for name in ("keep_days", "max_parts", "report_hours")}
        super().__init__(data, initial=initial_pace(policy) | own)
        for name in own:
            model = Policy._meta.get_field(name)
            self.fields[name].label = str(getattr(model, "verbose_name", name)).capitalize()
            self.fields[name].help_text = str(getattr(model, "help_text", ""))
        self.order_fields([*own, "an_hour"])


def initial_pace(policy: Policy) -> dict[str, Any]:
    """What is suggested for a new plan."""
    pace: Pace = policy.pace
    hours = pace.hours
    return {
        "an_hour": pace.an_hour,
        "quiet_from": hours.begins if hours else None,
        "quiet_to": hours.ends if hours else None,
        "quiet_zone": policy.quiet_zone,
        "fallback_zone": policy.fallback_zone,
    }
