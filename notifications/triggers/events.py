"""A push came: the trigger most rules have."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.statuses import SIM_LOOKS
from notifications.kinds import KINDS
from notifications.models import Event, Rule
from notifications.own import ordered_here
from notifications.triggers.base import Match, Param, Trigger, register

_VERDICTS = [
    (str(Event.Verdict.CONFIRMED), Event.Verdict.CONFIRMED.label),
    (str(Event.Verdict.UNVERIFIED), Event.Verdict.UNVERIFIED.label),
    (str(Event.Verdict.CONTRADICTED), Event.Verdict.CONTRADICTED.label),
]
_MOST_PAST = 200_000
# What, besides the kind, makes two events have one cause: fields of the claim with few values.
_CAUSES: dict[str, tuple[str, ...]] = {
    "apn-status": ("apnName",),
    "cycle-usage": ("usageType", "threshold"),
    "prepaid-expired": ("servicePackageName",),
    "prepaid-traffic": ("servicePackageName", "threshold"),
}
_BY_TARGET = ("sim-status", "apn-status", "mt-sms-status")


@register
class EventTrigger(Trigger):
    key = "event"
    label = gettext_lazy("SmartHub sends a push")
    icon = "inbox"
    about = gettext_lazy("A status, an APN, an IMEI, usage or a package changed and SmartHub told us.")
    params = (
        Param(
            "kinds",
            gettext_lazy("Kinds of pushes"),
            ["sim-status"],
            choices=[(k.key, k.label) for k in KINDS.values()],
            many=True,
        ),
        Param(
            "verdicts",
            gettext_lazy("After the reading"),
            [str(Event.Verdict.CONFIRMED), str(Event.Verdict.UNVERIFIED)],
            choices=_VERDICTS,
            many=True,
            help=gettext_lazy("A push proves nothing by itself. Messages and sessions can't be read back."),
        ),
        Param(
            "targets",
            gettext_lazy("Only these new values"),
            [],
            text=True,
            help=gettext_lazy("Such as DEACTIVATED, RETIRED. Empty: any."),
        ),
        Param(
            "not_own", gettext_lazy("Not what was ordered from here"), True, switch=True,
            help=gettext_lazy("A suspension you ordered yourself is no news."),
        ),
    )  # fmt: skip

    def among(self, rule: Rule, events: Sequence[Event]) -> list[Match]:
        kinds, verdicts, targets = (
            set(rule.params.get(name, [])) for name in ("kinds", "verdicts", "targets")
        )
        found = [
            event
            for event in events
            if event.kind in kinds
            and event.verdict in verdicts
            and (not targets or (event.target or "") in targets)
        ]
        own = ordered_here(rule.enterprise_id, found) if rule.params.get("not_own") else set()
        return [_match(event) for event in found if event.pk not in own]

    def past(self, rule: Rule, since: datetime, now: datetime) -> Iterable[Match]:
        wanted = Event.objects.filter(enterprise=rule.enterprise_id, kind__in=rule.params.get("kinds", []))
        rows = wanted.filter(happened_at__gte=since, happened_at__lte=now).order_by("happened_at", "pk")
        batch: list[Event] = []
        for event in rows[:_MOST_PAST].iterator(chunk_size=2000):
            batch.append(event)
            if len(batch) == 2000:
                yield from self.among(rule, batch)
                batch = []
        yield from self.among(rule, batch)

    def title(self, facts: Mapping[str, Any], count: int) -> str:
        if facts.get("verdict") == Event.Verdict.CONTRADICTED:
            text = ngettext(
                "SmartHub contradicts %(n)s push of this kind: %(kind)s",
                "SmartHub contradicts %(n)s pushes of this kind: %(kind)s",
                count,
            )
            return text % {"n": f"{count:,}", "kind": KINDS[facts["kind"]].label}
        return _titles(facts, count)

    def met(self, detail: Mapping[str, Any]) -> str:
        values = [_word(detail[name]) for name in ("original", "target") if detail.get(name)]
        return " → ".join(values)

    def sentence(self, params: Mapping[str, Any]) -> str:
        kinds = ", ".join(str(KINDS[kind].label) for kind in params.get("kinds", []) if kind in KINDS)
        targets = ", ".join(_word(target) for target in params.get("targets", []))
        if params.get("verdicts") == [Event.Verdict.CONTRADICTED]:
            return _("Contradicted by read: %(kinds)s") % {"kinds": kinds}
        return f"{kinds}: {targets}" if targets else kinds

    def icon_of(self, params: Mapping[str, Any]) -> str:
        kinds = params.get("kinds", [])
        return KINDS[kinds[0]].icon if len(kinds) == 1 else self.icon


def _match(event: Event) -> Match:
    facts: dict[str, Any] = {"kind": event.kind}
    if event.kind in _BY_TARGET:
        facts["target"] = event.target
    for name in _CAUSES.get(event.kind, ()):
        if (value := event.claim.get(name)) is not None:
            facts[name] = value
    if event.verdict == Event.Verdict.CONTRADICTED:
        facts = {"kind": event.kind, "verdict": str(event.verdict)}
    return Match(
        subject=event.giccid or f"push:{event.push_id}",
        cause="|".join(str(value)[:90] for value in facts.values())[:300],
        facts=facts,
        happened_at=event.happened_at,
        giccid=event.giccid,
        event_id=event.pk,
        verdict=str(event.verdict),
        detail={"original": event.original, "target": event.target},
    )


def _word(value: object) -> str:
    look = SIM_LOOKS.get(str(value))
    return str(look.label if look else value)


def _titles(facts: Mapping[str, Any], count: int) -> str:
    name = facts.get("apnName") or facts.get("servicePackageName") or ""
    words = {
        "n": f"{count:,}",
        "value": _word(facts.get("target") or "?"),
        "name": name,
        "threshold": facts.get("threshold", ""),
    }
    tell = _TITLES.get(facts["kind"])
    return (tell(count) if tell else _("Pushes of an unknown kind")) % words


_TITLES: dict[str, Callable[[int], str]] = {
    "sim-status": lambda n: ngettext("%(n)s SIM became “%(value)s”", "%(n)s SIMs became “%(value)s”", n),
    "apn-status": lambda n: ngettext(
        "APN %(name)s became %(value)s on %(n)s SIM", "APN %(name)s became %(value)s on %(n)s SIMs", n
    ),
    "imei-change": lambda n: ngettext("%(n)s SIM is in another device", "%(n)s SIMs are in other devices", n),
    "cycle-usage": lambda n: ngettext(
        "%(n)s SIM reached its usage threshold %(threshold)s",
        "%(n)s SIMs reached their usage threshold %(threshold)s",
        n,
    ),
    "prepaid-expired": lambda n: ngettext(
        "A package of %(n)s SIM ends or has ended: %(name)s",
        "A package of %(n)s SIMs ends or has ended: %(name)s",
        n,
    ),
    "prepaid-traffic": lambda n: ngettext(
        "Prepaid data of %(n)s SIM reached %(threshold)s: %(name)s",
        "Prepaid data of %(n)s SIMs reached %(threshold)s: %(name)s",
        n,
    ),
    "mt-sms-status": lambda n: ngettext("%(n)s message: %(value)s", "%(n)s messages: %(value)s", n),
    "mo-sms": lambda n: ngettext("%(n)s SIM sent messages", "%(n)s SIMs sent messages", n),
    "no-session": lambda n: ngettext(
        "%(n)s SIM has had no session for long", "%(n)s SIMs have had no session for long", n
    ),
}
