"""What the list of orders can be asked for; everything lives in the query string."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commands.kinds import all_kinds
from commands.models import Plan, State
from commands.querysets import CommandQuerySet
from commands.states import ORDERED
from enterprise.models import Enterprise

FILTERS = ("iccid", "state", "kind", "who", "since", "plan")
BEGINNING = "89"
"""Of every ICCID (ITU-T E.118)."""
SHORTEST = 4
MOST_PLANS = 500
_IN_FLIGHT = (State.QUEUED, State.LEASED, State.SENT, State.ACKED, State.UNKNOWN)
OPEN, FAILED = "open", "failed"
STATE_GROUPS: dict[str, tuple[State, ...]] = {
    OPEN: _IN_FLIGHT,
    FAILED: (State.REJECTED, State.NOT_APPLIED),
}


def state_choices() -> list[tuple[str, Any]]:
    groups = [(OPEN, _("Under way")), (FAILED, _("Failed"))]
    return [*groups, *((state.value, state.label) for state in ORDERED)]


def kind_choices() -> list[tuple[str, Any]]:
    return [(kind.name, kind.label) for kind in all_kinds()]


class CommandFilter(forms.Form):
    """Names are interfaces: bookmarks hold them."""

    iccid = forms.CharField(required=False, max_length=32, label="ICCID")
    state = forms.ChoiceField(required=False, choices=state_choices, label=_("State"))
    kind = forms.ChoiceField(required=False, choices=kind_choices, label=_("Change"))
    who = forms.CharField(required=False, max_length=150, label=_("Who"))
    since = forms.DateField(required=False, label=_("Since"))
    plan = forms.UUIDField(required=False, label=_("Plan"))

    def clean_iccid(self) -> str:
        text = "".join(str(self.cleaned_data["iccid"]).split())
        if text and not (text.isascii() and text.isdigit()):
            raise forms.ValidationError(_("An ICCID has digits only."))
        if text and len(text) < SHORTEST:
            raise forms.ValidationError(_("Type at least four digits."))
        return text

    def value(self, name: str) -> Any:
        """The cleaned value; None for an empty or invalid one (the form shows why)."""
        self.is_valid()
        found = self.cleaned_data.get(name)
        return None if found in (None, "") else found

    @property
    def active(self) -> dict[str, Any]:
        """Filters in use, for chips."""
        return {name: self.value(name) for name in FILTERS if self.value(name) is not None}


def matching(orders: CommandQuerySet, enterprise: Enterprise, chosen: CommandFilter) -> CommandQuerySet:
    """Orders the filter lets through."""
    active = chosen.active
    if state := active.get("state"):
        orders = orders.filter(state__in=STATE_GROUPS.get(state, (state,)))
    if digits := active.get("iccid"):
        orders = orders.filter(_digits(digits))
    if since := active.get("since"):
        orders = orders.filter(changed_at__gte=timezone.make_aware(datetime.combine(since, time.min)))
    if plan := active.get("plan"):
        orders = orders.filter(plan=plan)
    return _of_plans(orders, enterprise, active)


def _digits(digits: str) -> Q:
    """Every ICCID begins with 89: such digits are a beginning, which an index finds; others may stand anywhere."""
    if digits.startswith(BEGINNING):
        return Q(giccid__gte=digits, giccid__lt=str(int(digits) + 1))
    return Q(giccid__contains=digits)


def _of_plans(orders: CommandQuerySet, enterprise: Enterprise, active: dict[str, Any]) -> CommandQuerySet:
    """By who and what. Of few plans the database knows how many orders they have, so it takes the short way."""
    kind, who = active.get("kind"), active.get("who")
    if not kind and not who:
        return orders
    plans = Plan.objects.filter(enterprise=enterprise)
    plans = plans.filter(kind=kind) if kind else plans
    if who:
        plans = plans.filter(Q(created_by__username=who) | Q(submitted_by__username=who))
    ids = list(plans.order_by("-created_at").values_list("pk", flat=True)[: MOST_PLANS + 1])
    if len(ids) <= MOST_PLANS:
        return orders.filter(plan__in=ids)
    orders = orders.filter(kind=kind) if kind else orders
    if who:
        orders = orders.filter(Q(plan__created_by__username=who) | Q(plan__submitted_by__username=who))
    return orders
