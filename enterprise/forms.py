"""Forms of the connection. Keys are write-only: never shown again, an empty field keeps the one there is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enterprise.models import Enterprise
from smarthub_client import ConfigurationError
from smarthub_client.origin import is_loopback, parse_base_url


def _secret_field(label: Any) -> forms.CharField:
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, required=False, max_length=500, widget=widget)


KEPT_WHEN_EMPTY = ("delta_minutes", "people_share", "history_days")


class ConnectionForm(forms.ModelForm[Enterprise]):
    """Empty numbers keep the value there is, of a new connection the default; an empty own limit means none."""

    api_key = _secret_field(_("API key"))
    push_key = _secret_field(_("Push key"))

    class Meta:
        model = Enterprise
        fields = [
            "name",
            "base_url",
            "api_key",
            "push_key",
            "sweep_minutes",
            "delta_minutes",
            "budget_cap",
            "people_share",
            "history_days",
            "is_sandbox",
            "is_enabled",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["api_key"].help_text = _key_help(bool(self.instance.api_key_sealed))
        self.fields["push_key"].help_text = _key_help(bool(self.instance.push_key_sealed))
        self.fields["api_key"].required = not self.instance.api_key_sealed
        for name in KEPT_WHEN_EMPTY:
            self.fields[name].required = False

    def clean_base_url(self) -> str:
        try:
            return parse_base_url(self.cleaned_data["base_url"].strip()).url
        except ConfigurationError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in KEPT_WHEN_EMPTY:
            if cleaned.get(name) is None and name not in self.errors:
                cleaned[name] = getattr(self.instance, name)
        url = cleaned.get("base_url")
        if cleaned.get("is_sandbox") and url and not is_loopback(parse_base_url(url).host):
            self.add_error(
                "is_sandbox", _("Only a SmartHub imitation on this machine (127.0.0.1) can be a sandbox.")
            )
        if (
            url
            and self.instance.api_key_sealed
            and url != self.instance.base_url
            and not cleaned.get("api_key")
        ):
            # Otherwise a stored key could be sent to a host of somebody's choice.
            self.add_error("api_key", _("Enter the API key again when the base URL changes."))
        return cleaned

    def save(self, commit: bool = True) -> Enterprise:
        for name in Enterprise.SECRETS:
            if plain := self.cleaned_data[name].strip():
                self.instance.set_secret(name, plain)
        return super().save(commit)


def _key_help(is_set: bool) -> Any:
    return _("A key is stored. Leave empty to keep it.") if is_set else _("Stored sealed; never shown again.")
