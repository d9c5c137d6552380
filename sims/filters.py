"""What a list of SIMs can be asked for; everything lives in the query string."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.pages import DEFAULT_PAGE_SIZE, PAGE_SIZES
from enterprise.models import ServicePackage
from sims.models import ApnState
from sims.querysets import SimQuerySet

NEAR_LIMIT_SHARE = 0.8
SORTS = {
    "giccid": "giccid",
    "status": "status",
    "account": "account__name",
    "package": "package_name",
    "imsi": "imsi",
    "msisdn": "msisdn",
    "data": "data_used_mb",
    "activated": "activated_at",
    "expires": "package_ends_at",
}
USAGE_CHOICES = [("", _("Any usage")), ("near", _("Near or over allowance")), ("over", _("Over allowance"))]


class SimFilter(forms.Form):
    """Names are interfaces: bookmarks and scripts hold them."""

    q = forms.CharField(required=False, max_length=200, label=_("Search"))
    status = forms.CharField(required=False, max_length=40, strip=False, label=_("Status"))
    account = forms.CharField(required=False, max_length=400, strip=False, label=_("Account"))
    package = forms.CharField(required=False, max_length=400, strip=False, label=_("Package"))
    apn_state = forms.ChoiceField(required=False, choices=[("", _("Any")), *ApnState.choices], label=_("APN"))
    usage = forms.ChoiceField(required=False, choices=USAGE_CHOICES, label=_("Usage"))
    expires = forms.IntegerField(
        required=False, min_value=1, max_value=3650, label=_("Package ends within days")
    )
    sort = forms.ChoiceField(
        required=False, choices=[(sign + name, name) for name in SORTS for sign in ("", "-")], label=_("Sort")
    )
    page_size = forms.TypedChoiceField(
        required=False,
        coerce=int,
        choices=[(size, size) for size in PAGE_SIZES],
        empty_value=DEFAULT_PAGE_SIZE,  # type: ignore[arg-type]
    )

    def value(self, name: str) -> Any:
        """The cleaned value; None for an empty or invalid one (the form shows why)."""
        self.is_valid()
        return self.cleaned_data.get(name) or None

    @property
    def size(self) -> int:
        return self.value("page_size") or DEFAULT_PAGE_SIZE

    @property
    def order(self) -> str:
        return self.value("sort") or "giccid"

    @property
    def active(self) -> dict[str, Any]:
        """Filters in use, for chips."""
        names = ("q", "status", "account", "package", "apn_state", "usage", "expires")
        return {name: self.value(name) for name in names if self.value(name) is not None}


def apply_filter(sims: SimQuerySet, chosen: SimFilter) -> SimQuerySet:
    """Invalid filters are not applied and stand with their error in the form."""
    if text := chosen.value("q"):
        for word in text.upper().split():
            sims = sims.filter(search_text__contains=word)
    for name, column in _EQUAL.items():
        if (value := chosen.value(name)) is not None:
            sims = sims.filter(**{column: value})
    if share := _SHARES.get(chosen.value("usage") or ""):
        sims = sims.filter(_uses_at_least(share))
    if days := chosen.value("expires"):
        now = timezone.now()
        sims = sims.filter(package_ends_at__gte=now, package_ends_at__lt=now + timedelta(days=days))
    return _sorted(sims, chosen.order)


_EQUAL = {
    "status": "status",
    "account": "account__name",
    "package": "package_name",
    "apn_state": "apn_state",
}
_SHARES = {"near": NEAR_LIMIT_SHARE, "over": 1.0}


def _uses_at_least(share: float) -> Exists:
    """SIMs whose data usage reached `share` of their package's allowance."""
    reached = ServicePackage.objects.filter(
        account_id=OuterRef("account_id"),
        name=OuterRef("package_name"),
        data_quota_mb__gt=0,
        data_quota_mb__lte=OuterRef("data_used_mb") / share,
    )
    return Exists(reached)


def _sorted(sims: SimQuerySet, order: str) -> SimQuerySet:
    """Empty values last in both directions; ICCID decides ties, so that pages are stable."""
    column = F(SORTS[order.removeprefix("-")])
    by = column.desc(nulls_last=True) if order.startswith("-") else column.asc(nulls_last=True)
    return sims.order_by(by, "giccid")
