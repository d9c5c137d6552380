"""Forms of channels. A URL is write-only: it may be a secret, so it is never shown again."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from notifications.models import Channel
from notifications.outbound_addresses import MOST_CHARACTERS, BadURL, read

MOST_RECIPIENTS = 20
_HELP = {
    Channel.Kind.WEBHOOK: _(
        "Gets a POST with JSON for each message, signed as Standard Webhooks describes it."
    ),
    Channel.Kind.CHAT: _(
        "The address of an incoming webhook of Slack, or of a chat that takes the same: Mattermost, Rocket.Chat."
    ),
    Channel.Kind.TEAMS: _(
        "The address a Teams workflow gave you: “Post to a channel when a webhook request is received”."
    ),
}


class ChannelForm(forms.ModelForm[Channel]):
    """`instance` says of which kind and enterprise. Name, and where to: a URL, or addresses."""

    url = forms.CharField(
        label=_("URL"),
        max_length=MOST_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )
    addresses = forms.CharField(
        label=_("Recipients"),
        max_length=4000,
        help_text=_("E-mail addresses, one on each line."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )

    class Meta:
        model = Channel
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.kind == Channel.Kind.EMAIL:
            del self.fields["url"]
            self.fields["addresses"].initial = "\n".join(self.instance.recipients)
            return
        del self.fields["addresses"]
        self.fields["url"].help_text = _HELP[Channel.Kind(self.instance.kind)]
        if self.instance.host:
            self.fields["url"].required = False
            kept = _("Stored: %(host)s/… Leave empty to keep it.") % {"host": self.instance.host}
            self.fields["url"].help_text = kept

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Channel.objects.filter(enterprise=self.instance.enterprise_id, name=name)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another channel has this name already."))
        return name

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            if url:
                read(url)
        except BadURL as error:
            raise ValidationError(str(error.why)) from None
        return url

    def clean_addresses(self) -> list[str]:
        found = list(dict.fromkeys(re.findall(r"[^\s,;]+", self.cleaned_data["addresses"])))
        if not found:
            raise ValidationError(_("Enter at least one address."))
        if len(found) > MOST_RECIPIENTS:
            raise ValidationError(_("At most %(n)s addresses.") % {"n": MOST_RECIPIENTS})
        for address in found:
            try:
                validate_email(address)
            except ValidationError:
                address_is_good = False
            else:
                address_is_good = address.isascii()
            if not address_is_good:
                raise ValidationError(_("Not an e-mail address: %(address)s") % {"address": address[:100]})
        return found

    def filled(self) -> Channel:
        """The channel as the valid form has it, not saved yet."""
        if "addresses" in self.cleaned_data:
            self.instance.recipients = self.cleaned_data["addresses"]
        return self.instance
