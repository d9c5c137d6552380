"""Share pools that run dry."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enterprise.models import SharePool
from notifications.models import Rule
from notifications.triggers.base import MOST_STANDING, Match, Param, Trigger, register


@register
class PoolTrigger(Trigger):
    key = "pool"
    label = gettext_lazy("A share pool runs dry")
    icon = "database"
    about = gettext_lazy("Used data of a pool that has not ended, as read last.")
    params = (Param("percent", gettext_lazy("From"), 80, most=1_000, unit="%"),)
    interval = timedelta(minutes=2)
    names_sims = False

    def standing(self, rule: Rule, now: datetime) -> Iterable[Match]:
        percent = rule.params["percent"]
        pools = SharePool.objects.filter(enterprise=rule.enterprise_id, used_share__gte=percent / 100)
        rows = pools.filter(missing_since=None).exclude(ends_at__lt=now).order_by("-used_share", "pk")
        for pool in rows.defer("raw")[:MOST_STANDING]:
            yield Match(
                subject=f"pool:{pool.key}",
                cause="pool",
                facts={"percent": percent},
                happened_at=pool.observed_at,
                detail={
                    "name": pool.name,
                    "account": pool.account_name,
                    "percent": round((pool.used_share or 0) * 100, 1),
                },
            )

    def name_of(self, subject: str, detail: Mapping[str, Any]) -> str:
        return " · ".join(filter(None, (detail.get("name"), detail.get("account"))))

    def met(self, detail: Mapping[str, Any]) -> str:
        return f"{detail['percent']} %"

    def title(self, facts: Mapping[str, Any], count: int) -> str:
        text = ngettext(
            "%(n)s share pool is used to %(percent)s %% or more",
            "%(n)s share pools are used to %(percent)s %% or more",
            count,
        )
        return text % {"n": f"{count:,}", "percent": facts["percent"]}

    def sentence(self, params: Mapping[str, Any]) -> str:
        return _("A share pool is used to %(percent)s %%") % params
