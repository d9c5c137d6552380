"""What people press on alerts: which ones, which deed, and what goes with it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications import alerts
from notifications.alert_queries import number_of, people
from notifications.models import Alert
from staff.models import User

MOST = 500
"""Alerts in one press."""
Verb = Callable[[Alert], Alert]
_HOURS = {"snooze_1h": 1, "snooze_4h": 4}


def tomorrow_morning(now: datetime) -> datetime:
    """09:00 of the reader's next day."""
    local = timezone.localtime(now) + timedelta(days=1)
    return local.replace(hour=9, minute=0, second=0, microsecond=0)


class DeedForm(forms.Form):
    """`alert` may come many times; `act` names the deed."""

    ACTS = (
        *(
            "acknowledge",
            "mine",
            "assign",
            "nobody",
            "snooze_1h",
            "snooze_4h",
            "snooze_tomorrow",
            "snooze_own",
        ),
        *("resolve", "reopen", "note"),
    )
    act = forms.ChoiceField(choices=[(act, act) for act in ACTS])
    whom = forms.CharField(required=False)
    until = forms.DateTimeField(required=False)
    note = forms.CharField(required=False, max_length=1000)

    @property
    def ids(self) -> list[int]:
        """Numbers of alerts, as far as they are any."""
        given = self.data.getlist("alert") if hasattr(self.data, "getlist") else []
        return [number for text in given[:MOST] if (number := number_of(text))]

    @property
    def act_named(self) -> str:
        return str(self.cleaned_data.get("act", ""))

    def clean_whom(self) -> User | None:
        wanted = number_of(self.cleaned_data["whom"])
        return next((person for person in people() if person.pk == wanted), None) if wanted else None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("act") == "assign" and values.get("whom") is None:
            self.add_error("whom", _("Choose a person."))
        if values.get("act") == "snooze_own" and values.get("until") is None:
            self.add_error("until", _("Say until when."))
        return values

    @property
    def problem(self) -> str:
        """What is wrong, in a sentence."""
        named = [str(error) for name in ("whom", "until") for error in self.errors.get(name, [])]
        return named[0] if named else _("This was not understood. Reload the page and try again.")

    def verb(self, actor: User, now: datetime) -> Verb:
        """The deed as a function of an alert, which may raise `alerts.Refused`."""
        act, values = self.act_named, self.cleaned_data
        if act in _HOURS:
            return lambda alert: alerts.snooze(actor, alert, now + timedelta(hours=_HOURS[act]))
        verbs: dict[str, Verb] = {
            "acknowledge": lambda alert: alerts.acknowledge(actor, alert),
            "mine": lambda alert: alerts.assign(actor, alert, actor),
            "assign": lambda alert: alerts.assign(actor, alert, values["whom"]),
            "nobody": lambda alert: alerts.assign(actor, alert, None),
            "snooze_tomorrow": lambda alert: alerts.snooze(actor, alert, tomorrow_morning(now)),
            "snooze_own": lambda alert: alerts.snooze(actor, alert, values["until"]),
            "resolve": lambda alert: alerts.resolve(actor, alert, values["note"]),
            "reopen": lambda alert: alerts.reopen(actor, alert),
            "note": lambda alert: alerts.note(actor, alert, values["note"]),
        }
        return verbs[act]
