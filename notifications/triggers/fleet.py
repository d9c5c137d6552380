"""How the SIMs themselves stand: usage, silence, a package's end, a device that has a second SIM."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications.models import Rule
from notifications.scopes import sims_of
from notifications.triggers.base import MOST_STANDING, Match, Param, Trigger, register
from sims.models import Sim, SimDay, SimVersion, Status


@register
class UsageTrigger(Trigger):
    key = "usage"
    label = gettext_lazy("A SIM uses much of its allowance")
    icon = "gauge"
    about = gettext_lazy("Data of this cycle against the data quota of the package, as read last.")
    params = (Param("percent", gettext_lazy("From"), 80, most=1_000, unit="%"),)
    interval = timedelta(seconds=60)

    def standing(self, rule: Rule, now: datetime) -> Iterable[Match]:
        percent = rule.params["percent"]
        rows = sims_of(rule).filter(usage_share__gte=percent / 100).order_by("-usage_share", "giccid")
        for giccid, share, seen in rows.values_list("giccid", "usage_share", "observed_at")[:MOST_STANDING]:
            yield _of_sim("usage", giccid, seen, {"percent": percent}, {"percent": round(share * 100, 1)})

    def past(self, rule: Rule, since: datetime, now: datetime) -> Iterable[Match]:
        """Against today's allowance: what it was then is not kept."""
        days = SimDay.objects.filter(
            sim__in=sims_of(rule).filter(allowance_mb__gt=0).values("pk"), day__gte=since.date()
        ).order_by("sim_id", "day")
        percent, above = rule.params["percent"], set()
        rows = days.values_list("sim_id", "sim__giccid", "day", "data_mb", "sim__allowance_mb")
        for pk, giccid, day, used, allowance in rows.iterator(chunk_size=5000):
            if not allowance or used < allowance * percent / 100:
                above.discard(pk)
            elif pk not in above:
                above.add(pk)
                moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
                share = {"percent": round(used / allowance * 100, 1)}
                yield _of_sim("usage", giccid, moment, {"percent": percent}, share)

    def met(self, detail: Mapping[str, Any]) -> str:
        return f"{detail['percent']} %"

    def title(self, facts: Mapping[str, Any], count: int) -> str:
        text = ngettext(
            "%(n)s SIM has used %(percent)s %% of its allowance or more",
            "%(n)s SIMs have used %(percent)s %% of their allowance or more",
            count,
        )
        return text % {"n": f"{count:,}", "percent": facts["percent"]}

    def sentence(self, params: Mapping[str, Any]) -> str:
        return _("A SIM has used %(percent)s %% of its allowance") % params


@register
class SilenceTrigger(Trigger):
    key = "no_traffic"
    label = gettext_lazy("A SIM falls silent")
    icon = "wifi-off"
    about = gettext_lazy(
        "An activated SIM whose counters have not moved for days. Told from the day we look at it."
    )
    params = (Param("days", gettext_lazy("For"), 7, most=365, unit=gettext_lazy("days")),)
    interval = timedelta(hours=1)

    def standing(self, rule: Rule, now: datetime) -> Iterable[Match]:
        days = rule.params["days"]
        edge = now - timedelta(days=days)
        moved = SimDay.objects.filter(sim=OuterRef("pk"), day__gt=edge.date())
        rows = sims_of(rule).filter(~Exists(moved), status=Status.ACTIVATED, first_seen_at__lte=edge)
        named = rows.exclude(activated_at__gt=edge).order_by("giccid").values_list("giccid", flat=True)
        for giccid in named[:MOST_STANDING]:
            yield _of_sim("no_traffic", giccid, now, {"days": days}, {})

    def title(self, facts: Mapping[str, Any], count: int) -> str:
        text = ngettext(
            "%(n)s activated SIM has used nothing for %(days)s days",
            "%(n)s activated SIMs have used nothing for %(days)s days",
            count,
        )
        return text % {"n": f"{count:,}", "days": facts["days"]}

    def sentence(self, params: Mapping[str, Any]) -> str:
        return _("An activated SIM has used nothing for %(days)s days") % params


@register
class ExpiryTrigger(Trigger):
    key = "expiry"
    label = gettext_lazy("A package is about to end")
    icon = "calendar-x-2"
    about = gettext_lazy("The basic package of a SIM that is not retired ends soon or ended this week.")
    params = (Param("days", gettext_lazy("Within"), 7, most=365, unit=gettext_lazy("days")),)
    interval = timedelta(minutes=30)

    def standing(self, rule: Rule, now: datetime) -> Iterable[Match]:
        days = rule.params["days"]
        near = sims_of(rule).filter(
            package_ends_at__gt=now - timedelta(days=7), package_ends_at__lte=now + timedelta(days=days)
        )
        rows = near.exclude(status=Status.RETIRED).order_by("package_ends_at", "giccid")
        for giccid, ends, name in rows.values_list("giccid", "package_ends_at", "package_name")[
            :MOST_STANDING
        ]:
            if ends is None:  # can't be: only those with an end are asked for
                continue
            detail = {"ends": ends.isoformat(), "package": name}
            yield _of_sim("expiry", giccid, ends - timedelta(days=days), {"days": days}, detail)

    def met(self, detail: Mapping[str, Any]) -> str:
        words = {"name": detail.get("package") or "–", "day": str(detail["ends"])[:10]}
        return _("%(name)s ends on %(day)s") % words

    def title(self, facts: Mapping[str, Any], count: int) -> str:
        text = ngettext(
            "The package of %(n)s SIM ends within %(days)s days",
            "The packages of %(n)s SIMs end within %(days)s days",
            count,
        )
        return text % {"n": f"{count:,}", "days": facts["days"]}

    def sentence(self, params: Mapping[str, Any]) -> str:
        return _("The package of a SIM ends within %(days)s days") % params


@register
class ImeiTrigger(Trigger):
    key = "imei"
    label = gettext_lazy("A device has changed its SIM")
    icon = "smartphone"
    about = gettext_lazy(
        "The same IMEI is read on two SIMs: the device was moved from one to the other, or is cloned."
    )
    interval = timedelta(minutes=5)

    def standing(self, rule: Rule, now: datetime) -> Iterable[Match]:
        fleet = Sim.objects.filter(enterprise=rule.enterprise_id, removed_at=None).exclude(imei=None)
        twice = fleet.order_by().values("imei").annotate(n=Count("pk")).filter(n__gt=1).values("imei")
        rows = sims_of(rule).filter(imei__in=twice).order_by("imei", "giccid")
        read = rows.values_list("imei", "giccid", "observed_at")[:MOST_STANDING]
        found = [(imei or "", giccid, seen) for imei, giccid, seen in read]
        together: dict[str, list[str]] = {}
        for imei, giccid, _seen in found:
            together.setdefault(imei, []).append(giccid)
        for imei, giccid, seen in found:
            others = [other for other in together[imei] if other != giccid][:5]
            yield _of_sim("imei", giccid, seen, {}, {"imei": imei, "others": others})

    def past(self, rule: Rule, since: datetime, now: datetime) -> Iterable[Match]:
        """Each SIM whose device changed to one that another SIM has now."""
        changed = SimVersion.objects.filter(sim__in=sims_of(rule).values("pk"), replaced_at__gte=since)
        giccids = set(changed.values_list("sim__giccid", flat=True))
        return [match for match in self.standing(rule, now) if match.giccid in giccids]

    def met(self, detail: Mapping[str, Any]) -> str:
        others = ", ".join(detail.get("others", []))
        if not others:
            return f"IMEI {detail['imei']}"
        return _("IMEI %(imei)s, also on %(others)s") % {"imei": detail["imei"], "others": others}

    def title(self, facts: Mapping[str, Any], count: int) -> str:
        text = ngettext(
            "%(n)s SIM shares its device with another SIM",
            "%(n)s SIMs share their devices with other SIMs",
            count,
        )
        return text % {"n": f"{count:,}"}

    def sentence(self, params: Mapping[str, Any]) -> str:
        return _("The same IMEI is read on two SIMs")


def _of_sim(
    cause: str, giccid: str, at: datetime, facts: Mapping[str, Any], detail: Mapping[str, Any]
) -> Match:
    return Match(subject=giccid, cause=cause, facts=facts, happened_at=at, giccid=giccid, detail=detail)
