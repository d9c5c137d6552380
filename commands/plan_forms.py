"""What people send about a plan. Friction grows with harm: a click, a tick, the number typed."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commands.kinds import Danger, all_kinds, kind_named
from commands.models import Plan
from commands.queueing import STEPS

LATEST = timedelta(days=366)


class ExecuteForm(forms.Form):
    """How a draft is to be carried out. `digest` names what the person looked at."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    mode = forms.ChoiceField(
        choices=Plan.Mode.choices,
        label=gettext_lazy("How"),
        widget=forms.RadioSelect,
    )
    start_at = forms.DateTimeField(
        required=False,
        label=gettext_lazy("When"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(
        required=False,
        max_length=500,
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    agree = forms.BooleanField(label=gettext_lazy("I have looked at the SIMs of this plan"))
    typed = forms.CharField(max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric"}))

    def __init__(self, plan: Plan, data: Any = None, *, needs_other: bool) -> None:
        initial = {"digest": plan.digest, "mode": Plan.Mode.NOW, "reason": plan.reason}
        super().__init__(data, initial=initial, auto_id="plan_%s")
        self.plan = plan
        self.fields["reason"].required = needs_other
        zone = timezone.get_current_timezone_name()
        self.fields["start_at"].help_text = _("Empty: at once. Times of %(zone)s.") % {"zone": zone}
        if plan.changing <= STEPS[0]:
            del self.fields["mode"]
        if plan.cooling_hours:
            del self.fields["start_at"]
        self._friction(kind_named(plan.kind).danger)

    def _friction(self, danger: Danger) -> None:
        if danger == Danger.CLICK:
            del self.fields["agree"]
        if danger != Danger.TYPE:
            del self.fields["typed"]
            return
        label = _("Type %(n)s, the number of SIMs, to go on") % {"n": f"{self.plan.changing:,}"}
        self.fields["typed"].label = label
        self.fields["typed"].widget.attrs["autocomplete"] = "off"

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"])
        digits = typed.replace(",", "").replace(" ", "").replace("\u00a0", "")
        if digits != str(self.plan.changing):
            raise ValidationError(_("That is not the number of SIMs that would change."))
        return typed

    def clean_start_at(self) -> datetime | None:
        """A minute that has just passed means now."""
        moment: datetime | None = self.cleaned_data["start_at"]
        now = timezone.now()
        if moment is None or now - timedelta(minutes=5) < moment <= now:
            return None
        if moment < now:
            raise ValidationError(_("That moment has passed."))
        if moment > now + LATEST:
            raise ValidationError(_("Choose a moment within a year."))
        return moment

    def orders(self) -> dict[str, Any]:
        """Arguments of `plans.submit`."""
        given = self.cleaned_data
        return {
            "digest": given["digest"],
            "mode": given.get("mode") or Plan.Mode.NOW,
            "start_at": given.get("start_at"),
            "reason": given["reason"],
        }


class AnswerForm(forms.Form):
    """What the second person says."""

    digest = forms.CharField(required=False, max_length=64)
    reason = forms.CharField(required=False, max_length=500)


class EmergencyForm(AnswerForm):
    """Going on without the second person."""

    agree = forms.BooleanField()


class AgainForm(forms.Form):
    """A number made with the page, so that a double click makes one plan."""

    uid = forms.UUIDField()


class PlanFilter(forms.Form):
    """Filters of the list of plans."""

    state = forms.ChoiceField(required=False, choices=Plan.State.choices)
    kind = forms.ChoiceField(required=False)
    mine = forms.BooleanField(required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["kind"].choices = [(kind.name, kind.label) for kind in all_kinds()]  # type: ignore[attr-defined]

    def chosen(self, name: str) -> Any:
        """Empty for a strange value."""
        self.is_valid()
        return self.cleaned_data.get(name) or ""
