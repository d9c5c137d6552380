"""How fast and at which hours: the fields that settings and bulk messages share."""

from datetime import time
from functools import cache
from typing import Any

from babel.core import get_global
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commands.pace import MOST_AN_HOUR, Pace
from commands.quiet import QuietHours, is_zone

LONGEST_BY_COUNTRY = 13 * 60
"""Minutes. Longer ones would leave countries as wide as Russia no minute that is loud in all of their zones."""
NAMES = ("an_hour", "quiet_from", "quiet_to", "quiet_zone", "fallback_zone")


@cache
def zones() -> list[str]:
    """Names of zones people live in, as CLDR and the machine know them."""
    named = {zone for found in get_global("territory_zones").values() for zone in found}
    return sorted(zone for zone in {*named, "UTC"} if is_zone(zone) and not zone.startswith("Antarctica/"))


def _time_field(label: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time", "step": "900"}, format="%H:%M")
    return forms.TimeField(required=False, label=label, widget=widget)


class PaceForm(forms.Form):
    """Its fields are those of `messaging.models.Policy`."""

    an_hour = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_AN_HOUR,
        label=gettext_lazy("SIMs an hour at most"),
        help_text=gettext_lazy("In any 60 minutes. Empty: as fast as SmartHub's budget allows."),
    )
    quiet_from = _time_field(gettext_lazy("Quiet from"))
    quiet_to = _time_field(gettext_lazy("Quiet until"))
    quiet_zone = forms.ChoiceField(
        required=False,
        label=gettext_lazy("By the clocks of"),
        help_text=gettext_lazy(
            "A SIM's country is its network's, by its IMSI, wherever it roams. One of several time zones is quiet "
            "while it is quiet in any of them."
        ),
    )
    fallback_zone = forms.ChoiceField(required=False, label=gettext_lazy("SIMs of no known country go by"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(name, name) for name in zones()]
        for field in ("quiet_zone", "fallback_zone"):
            chosen = str(self[field].initial or "")
            own = [(chosen, chosen)] if chosen and chosen not in zones() and is_zone(chosen) else []
            first = [("", _("Each SIM's country"))] if field == "quiet_zone" else []
            self.fields[field].choices = [*first, *own, *names]  # type: ignore[attr-defined]
        for name in ("quiet_from", "quiet_to"):
            self.fields[name].help_text = ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["fallback_zone"] = cleaned.get("fallback_zone") or self["fallback_zone"].initial or "UTC"
        begins, ends = cleaned.get("quiet_from"), cleaned.get("quiet_to")
        if not self.errors and (problem := _wrong(begins, ends, cleaned.get("quiet_zone") or "")):
            self.add_error("quiet_to", problem)
        return cleaned

    @property
    def pace(self) -> Pace:
        """Of a valid form."""
        given = self.cleaned_data
        hours = QuietHours(given["quiet_from"], given["quiet_to"]) if given["quiet_from"] else None
        return Pace(given["an_hour"], hours, given["quiet_zone"], given["fallback_zone"])


def _wrong(begins: time | None, ends: time | None, zone: str) -> str:
    if begins is None and ends is None:
        return ""
    if begins is None or ends is None:
        return _("Give both moments, or none for no quiet hours.")
    try:
        hours = QuietHours(begins, ends)
    except ValueError:
        return _("Choose two different quarters of an hour, such as 21:00 and 08:00.")
    if not zone and hours.minutes > LONGEST_BY_COUNTRY:
        return _(
            "By country, quiet hours last 13 hours at most: a country of many zones needs some time left."
        )
    return ""
