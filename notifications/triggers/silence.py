"""Pushes that should have come and did not: lost on their way, or switched off in SmartHub's settings."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Max, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications.kinds import KINDS
from notifications.models import Push, PushAddress, Rule
from notifications.triggers.base import Match, Param, Trigger, register
from sims.models import ChangeLog

# Types of change logs (doc) that a push of this kind should go with; for others any change shows that there is life.
_LOGS = {"sim-status": ("LOCAL_STATUS",), "imei-change": ("IMEI_CHANGE",)}
# The newest changes may still be pushed.
_GRACE = timedelta(minutes=15)


@register
class PushSilenceTrigger(Trigger):
    key = "pushes_silent"
    label = gettext_lazy("Pushes stay away")
    icon = "bell-off"
    about = gettext_lazy(
        "No push of a kind for hours while the change logs go on. They heal what was lost; you mend the address."
    )
    params = (
        Param(
            "kinds",
            gettext_lazy("Kinds of pushes"),
            ["sim-status", "imei-change"],
            choices=[(kind.key, kind.label) for kind in KINDS.values()],
            many=True,
        ),
        Param("hours", gettext_lazy("For"), 6, most=24 * 30, unit=gettext_lazy("hours")),
        Param(
            "changes",
            gettext_lazy("At least"),
            3,
            most=10_000,
            unit=gettext_lazy("changes"),
            help=gettext_lazy("So many changes in the logs since, so that a quiet night alarms nobody."),
        ),
    )
    interval = timedelta(minutes=1)
    names_sims = False

    def standing(self, rule: Rule, now: datetime) -> Iterable[Match]:
        hours, wanted = rule.params["hours"], rule.params["changes"]
        for kind in rule.params["kinds"]:
            last, made = _known(rule.enterprise_id, kind)
            if made is None or (last is not None and last > now - timedelta(hours=hours)):
                continue
            # What happened before there was an address could not be pushed to it.
            since = max(last or made, made, now - timedelta(days=30))
            changes, first = _changes(rule.enterprise_id, kind, since, now - _GRACE, wanted)
            # A kind that never came counts from the first change we know of.
            if changes >= wanted and first is not None and first <= now - timedelta(hours=hours):
                yield Match(
                    subject=f"push:{kind}",
                    cause=kind,
                    facts={"kind": kind, "hours": hours},
                    happened_at=first,
                    detail={"last": last.isoformat() if last else None, "changes": changes},
                )

    def past(self, rule: Rule, since: datetime, now: datetime) -> Iterable[Match]:
        """Gaps between pushes, in which the change logs went on."""
        for kind in rule.params["kinds"]:
            came = Push.objects.filter(enterprise=rule.enterprise_id, kind=kind, received_at__gte=since)
            moments = [
                since,
                *came.order_by("received_at").values_list("received_at", flat=True)[:100_000],
                now,
            ]
            for before, after in pairwise(moments):
                if after - before >= timedelta(hours=rule.params["hours"]):
                    yield from self._gap(rule, kind, before, after)

    def _gap(self, rule: Rule, kind: str, before: datetime, after: datetime) -> Iterable[Match]:
        wanted = rule.params["changes"]
        changes, _first = _changes(rule.enterprise_id, kind, before, after - _GRACE, wanted)
        if changes >= wanted:
            moment = before + timedelta(hours=rule.params["hours"])
            facts = {"kind": kind, "hours": rule.params["hours"]}
            yield Match(f"push:{kind}", kind, facts, moment, detail={"changes": changes})

    def name_of(self, subject: str, detail: Mapping[str, Any]) -> str:
        return str(KINDS[subject.removeprefix("push:")].label)

    def met(self, detail: Mapping[str, Any]) -> str:
        last = (
            _("last one %(day)s") % {"day": str(detail["last"])[:16]}
            if detail.get("last")
            else _("never one")
        )
        changes = ngettext("%(n)s change since", "%(n)s changes or more since", detail["changes"])
        return f"{last}, {changes % {'n': detail['changes']}}"

    def title(self, facts: Mapping[str, Any], count: int) -> str:
        text = _("No push of this kind for %(hours)s hours, although SIMs change: %(kind)s")
        return text % {"hours": facts["hours"], "kind": KINDS[facts["kind"]].label}

    def sentence(self, params: Mapping[str, Any]) -> str:
        text = ngettext(
            "No push of a kind for %(hours)s hour while change logs go on",
            "No push of a kind for %(hours)s hours while change logs go on",
            params["hours"],
        )
        return text % params


def _known(enterprise_id: int, kind: str) -> tuple[datetime | None, datetime | None]:
    """When the last one came (to the minute, as the addresses know it), and since when there is an address."""
    own = PushAddress.objects.filter(enterprise=enterprise_id, kind=kind)
    known = own.aggregate(last=Max("last_received_at"), made=Min("created_at"))
    return known["last"], known["made"]


def _changes(
    enterprise_id: int, kind: str, since: datetime, until: datetime, most: int
) -> tuple[int, datetime | None]:
    """How many up to `most`, and the first of them."""
    types = Q(type__in=_LOGS[kind]) if kind in _LOGS else Q()
    logs = ChangeLog.objects.filter(
        types, enterprise=enterprise_id, happened_at__gt=since, happened_at__lte=until
    )
    moments = list(logs.order_by("happened_at").values_list("happened_at", flat=True)[:most])
    return len(moments), moments[0] if moments else None
