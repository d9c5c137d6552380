"""From a filter to rows: conditions an index can serve, with account and tag names looked up first.

A name is resolved to its id before the list is asked, so that PostgreSQL sees a plain `account_id = 7`, which every
index of the list holds, instead of a join it would have to guess about.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from enterprise.models import Account
from sims.filters import SHORTEST_SEARCH, SimFilter
from sims.models import Selection, SelectionItem, SimTag, Tag
from sims.querysets import SimQuerySet

NEAR_LIMIT_SHARE = 0.8
_AGES = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}


def apply_filter(sims: SimQuerySet, chosen: SimFilter) -> SimQuerySet:
    """Unordered. Invalid filters are not applied and stand with their error in the form."""
    for name, value in chosen.active.items():
        sims = _CONDITIONS[name](sims, value)
    return sims


def _search(sims: SimQuerySet, text: str) -> SimQuerySet:
    """Every word must be somewhere in ICCID, identities or label. Short words are looked for in labels only."""
    for word in text.upper().split():
        if len(word) < SHORTEST_SEARCH and not word.isascii():
            sims = sims.exclude(label="").filter(label__contains=word)
        else:
            sims = sims.filter(search_text__contains=word)
    return sims


def _account(sims: SimQuerySet, name: str) -> SimQuerySet:
    return sims.filter(account_id__in=list(Account.objects.filter(name=name).values_list("pk", flat=True)))


def _usage(sims: SimQuerySet, word: str) -> SimQuerySet:
    if word == "none":
        return sims.filter(data_used_mb=0)
    return sims.filter(usage_share__gte=1.0 if word == "over" else NEAR_LIMIT_SHARE)


def _expires(sims: SimQuerySet, days: int) -> SimQuerySet:
    """From today to `days` days ahead, whole days of UTC: the same days the overview's figure counts."""
    start, end = days_ahead(timezone.now(), days)
    return sims.filter(package_ends_at__gte=start, package_ends_at__lt=end)


def days_ahead(now: datetime, days: int) -> tuple[datetime, datetime]:
    """Today's start and the end of the day `days` days ahead (UTC)."""
    start = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return start, start + timedelta(days=days + 1)


def _tag(sims: SimQuerySet, name: str) -> SimQuerySet:
    tags = list(Tag.objects.filter(name=name).values_list("pk", flat=True))
    return sims.filter(pk__in=SimTag.objects.filter(tag_id__in=tags).values("sim_id"))


def _fresh(sims: SimQuerySet, word: str) -> SimQuerySet:
    """Older than: neither its own read nor the last complete sweep of its account is younger."""
    if word == "missing":
        return sims.exclude(missing_since=None)
    limit = timezone.now() - _AGES[word]
    swept = list(Account.objects.filter(swept_at__gte=limit).values_list("pk", flat=True))
    return sims.filter(observed_at__lt=limit).exclude(Q(account_id__in=swept, missing_since=None))


def _selection(sims: SimQuerySet, uid: Any) -> SimQuerySet:
    """A selection that expired or is not ready matches nothing. Whose it may be is asked in `queries.matching`."""
    ready = Selection.objects.filter(uid=uid, state=Selection.State.READY, expires_at__gt=timezone.now())
    if not ready.exists():
        return sims.none()
    return sims.filter(pk__in=SelectionItem.objects.filter(selection_id=uid).values("sim_id"))


_CONDITIONS: dict[str, Callable[[SimQuerySet, Any], SimQuerySet]] = {
    "q": _search,
    "status": lambda sims, value: sims.filter(status=value),
    "account": _account,
    "package": lambda sims, value: sims.filter(package_name=value),
    "apn_state": lambda sims, value: sims.filter(apn_state=value),
    "usage": _usage,
    "usage_min": lambda sims, value: sims.filter(data_used_mb__gte=value),
    "usage_max": lambda sims, value: sims.filter(data_used_mb__lte=value),
    "expires": _expires,
    "tag": _tag,
    "po": lambda sims, value: sims.filter(po=value),
    "fresh": _fresh,
    "selection": _selection,
}
