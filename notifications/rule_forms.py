"""The form of a rule, made of its trigger's parameters."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.defaults import name_of
from notifications.models import Channel, Rule, Severity
from notifications.rules import MOST_SUSPENDED, Wish
from notifications.triggers import Param, Trigger, trigger_of
from sims.models import SavedView, Tag

_OWN = "param_"
_COMMAS = ("targets", "words")
_ORDER = ("scope", "view", "tag", "severity", "channels", "suspend", "suspend_cap", "is_enabled")


class RuleForm(forms.Form):
    """`wish` is what was asked for; the trigger itself cleans its parameters, so that there is one truth about them."""

    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("As it stands above what it finds.")
    )
    severity = forms.ChoiceField(
        label=_("How serious it is"), choices=Severity.choices, initial=Severity.WARNING
    )
    scope = forms.ChoiceField(
        label=_("Which SIMs"), choices=Rule.Scope.choices, widget=forms.RadioSelect, initial=Rule.Scope.ALL
    )
    view = forms.ModelChoiceField(label=_("Shared view"), queryset=SavedView.objects.none(), required=False)
    tag = forms.ModelChoiceField(label=_("Tag"), queryset=Tag.objects.none(), required=False)
    channels = forms.ModelMultipleChoiceField(
        label=_("Also tell"),
        queryset=Channel.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "When an alert opens, grows tenfold, and is over. Everything stands in the portal in any case."
        ),
    )
    suspend = forms.ChoiceField(
        label=_("Suspend what it finds"),
        choices=Rule.Suspend.choices,
        widget=forms.RadioSelect,
        initial=Rule.Suspend.OFF,
        help_text=_(
            "Only what was read is suspended, as a plan in your name. Let it record for some days first."
        ),
    )
    suspend_cap = forms.IntegerField(
        label=_("At most so many SIMs in 24 hours"),
        min_value=1,
        max_value=MOST_SUSPENDED,
        initial=10,
        required=False,
    )
    is_enabled = forms.BooleanField(label=_("The rule is on"), required=False, initial=True)

    def __init__(self, *args: Any, rule: Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trigger = trigger = trigger_of(rule)
        for param in trigger.params:
            self.fields[_OWN + param.name] = _field_of(param)
        self.fields["name"].required = not rule.template
        self.fields["name"].widget.attrs["placeholder"] = name_of(rule) if rule.template else ""
        self._offer(rule, trigger)
        own = [_OWN + param.name for param in trigger.params]
        self.order_fields(["name", *own, *_ORDER])

    def _offer(self, rule: Rule, trigger: Trigger) -> None:
        """Only what is this enterprise's, and only what makes sense for the trigger."""
        for name, rows in {
            "view": SavedView.objects.filter(enterprise=rule.enterprise_id, is_shared=True),
            "tag": Tag.objects.filter(enterprise=rule.enterprise_id),
            "channels": Channel.objects.filter(enterprise=rule.enterprise_id),
        }.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
            if not rows.exists():
                del self.fields[name]
        scopes = [
            (key, word) for key, word in Rule.Scope.choices if key == Rule.Scope.ALL or key in self.fields
        ]
        self.fields["scope"].choices = scopes  # type: ignore[attr-defined]
        unfit = set() if trigger.names_sims else {"scope", "view", "tag"}
        unfit |= set() if trigger.names_sims and trigger.may_suspend else {"suspend", "suspend_cap"}
        for name in unfit & set(self.fields):
            del self.fields[name]

    @property
    def wish(self) -> Wish:
        """Of a valid form."""
        given = self.cleaned_data
        return Wish(
            name=given["name"],
            trigger=self.trigger.key,
            params={param.name: given.get(_OWN + param.name) for param in self.trigger.params},
            severity=given["severity"],
            scope=given.get("scope", Rule.Scope.ALL),
            view=given.get("view"),
            tag=given.get("tag"),
            is_enabled=given["is_enabled"],
            suspend=given.get("suspend", Rule.Suspend.OFF),
            suspend_cap=given.get("suspend_cap") or 10,
            channels=tuple(given.get("channels", ())),
        )


def initial_of(rule: Rule) -> dict[str, Any]:
    """What the form shows of a rule."""
    shown = {name: getattr(rule, name) for name in ("name", "severity", "scope", "view", "tag", "is_enabled")}
    for name, value in rule.params.items():
        shown[_OWN + name] = ", ".join(value) if name in _COMMAS else value
    if rule.pk:
        shown["channels"] = list(rule.channels.values_list("pk", flat=True))
    return shown | {"suspend": rule.suspend, "suspend_cap": rule.suspend_cap}


def _field_of(param: Param) -> forms.Field:
    label = f"{param.label} ({param.unit})" if param.unit else param.label
    common: dict[str, Any] = {"label": label, "help_text": param.help, "initial": param.default}
    if param.switch:
        return forms.BooleanField(required=False, **common)
    if param.line:
        return forms.CharField(required=False, max_length=param.most, **common)
    if param.text:
        common["initial"] = ", ".join(param.default)
        return forms.CharField(required=param.is_needed, max_length=400, **common)
    if param.choices and param.many:
        return forms.MultipleChoiceField(choices=param.choices, widget=forms.CheckboxSelectMultiple, **common)
    if param.choices:
        return forms.ChoiceField(choices=param.choices, **common)
    return forms.IntegerField(min_value=param.least, max_value=param.most, **common)
