"""Orders to SmartHub that went wrong, or whose outcome nobody knows."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commands.kinds import kind_named
from commands.models import Command, State
from notifications.models import Rule
from notifications.scopes import among
from notifications.triggers.base import MOST_STANDING, Match, Param, Trigger, register

_STATES = [
    (str(state), state.label)
    for state in (State.REJECTED, State.NOT_APPLIED, State.UNKNOWN, State.NEEDS_HUMAN)
]
_SHOWN = timedelta(days=7)
# An unknown outcome is settled by itself as a rule; people hear of it when it stays.
_UNKNOWN_FOR = timedelta(minutes=5)


@register
class OrderTrigger(Trigger):
    key = "command"
    label = gettext_lazy("An order fails or its outcome is unknown")
    icon = "circle-x"
    about = gettext_lazy(
        "Orders given here: refused, without effect, or waiting for a person. Shown for a week."
    )
    params = (
        Param(
            "states",
            gettext_lazy("Outcomes"),
            [state for state, _label in _STATES],
            choices=_STATES,
            many=True,
            help=gettext_lazy("An unknown outcome counts once it stays so for five minutes."),
        ),
    )
    interval = timedelta(seconds=10)

    def standing(self, rule: Rule, now: datetime) -> Iterable[Match]:
        return self._of(rule, now - _SHOWN, now)

    def past(self, rule: Rule, since: datetime, now: datetime) -> Iterable[Match]:
        return self._of(rule, since, now)

    def _of(self, rule: Rule, since: datetime, now: datetime) -> list[Match]:
        found: list[Command] = []
        for state in rule.params["states"]:
            until = now - _UNKNOWN_FOR if state == State.UNKNOWN else now
            rows: QuerySet[Command] = Command.objects.filter(
                enterprise=rule.enterprise_id, state=state, changed_at__gte=since, changed_at__lte=until
            )
            found += rows.defer("evidence").order_by("-changed_at", "-pk")[:MOST_STANDING]
        mine = among(rule, {order.giccid for order in found}) if rule.scope != Rule.Scope.ALL else None
        return [_match(order) for order in found if mine is None or order.giccid in mine]

    def met(self, detail: Mapping[str, Any]) -> str:
        return str(detail.get("error") or "")

    def title(self, facts: Mapping[str, Any], count: int) -> str:
        texts = {
            State.REJECTED: ngettext(
                "%(kind)s: %(n)s order was refused", "%(kind)s: %(n)s orders were refused", count
            ),
            State.NOT_APPLIED: ngettext(
                "%(kind)s: %(n)s order had no effect", "%(kind)s: %(n)s orders had no effect", count
            ),
            State.UNKNOWN: ngettext(
                "%(kind)s: the outcome of %(n)s order is unknown",
                "%(kind)s: the outcome of %(n)s orders is unknown",
                count,
            ),
            State.NEEDS_HUMAN: ngettext(
                "%(kind)s: %(n)s order waits for a person", "%(kind)s: %(n)s orders wait for a person", count
            ),
        }
        return texts[State(facts["state"])] % {"n": f"{count:,}", "kind": kind_named(facts["kind"]).label}

    def sentence(self, params: Mapping[str, Any]) -> str:
        states = ", ".join(str(State(state).label) for state in params["states"])
        return _("An order ends like this: %(states)s") % {"states": states}


def _match(order: Command) -> Match:
    return Match(
        subject=f"order:{order.pk}",
        cause=f"{order.plan_id}|{order.state}",
        facts={"kind": order.kind, "state": str(order.state), "plan": str(order.plan_id)},
        happened_at=order.changed_at,
        giccid=order.giccid,
        detail={"order": order.pk, "error": order.error},
    )
