"""Reads of the SIM mirror: lists, one SIM, figures of the overview."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import NullIf
from django.utils import timezone

from enterprise.models import Enterprise
from sims import rollups
from sims.filters import SimFilter
from sims.matching import apply_filter
from sims.models import Selection, Sim
from sims.querysets import SimQuerySet
from sims.rollups import Dimension
from sims.window import Order, Place, Window, find_window
from staff.models import User

EXPIRING_DAYS = 30
COUNT_MS = 5000
SHORT_SEARCH, LARGE_FLEET = 4, 100_000


def fleet(user: User, enterprise: Enterprise) -> SimQuerySet:
    return Sim.objects.visible_to(user).filter(enterprise=enterprise).present()


def matching(user: User, enterprise: Enterprise, chosen: SimFilter) -> SimQuerySet:
    """All SIMs that match and this person sees, in no order. Another person's selection matches nothing."""
    uid = chosen.selection_uid
    if uid and not Selection.objects.filter(uid=uid, owner=user, enterprise=enterprise).exists():
        return Sim.objects.none()
    return apply_filter(fleet(user, enterprise), chosen)


def in_order(sims: SimQuerySet, chosen: SimFilter) -> SimQuerySet:
    """All of them in the list's order, for exports: empty values last, ICCIDs decide ties."""
    order = Order.of(chosen.order)
    value = F(order.field) if order.field != "label" else NullIf(F("label"), Value(""))
    if order.is_descending:
        return sims.order_by(value.desc(nulls_last=True), "-giccid")
    return sims.order_by(value.asc(nulls_last=True), "giccid")


def sim_window(
    user: User, enterprise: Enterprise, chosen: SimFilter, *, size: int, number: int, place: str
) -> Window:
    """One page of the list: which SIMs, and how many match."""
    order = Order.of(chosen.order)
    return find_window(
        matching(user, enterprise, chosen),
        order,
        size=size,
        number=number,
        place=Place.read(place, order) if place else None,
        known=known_total(user, enterprise, chosen),
        is_broad=_is_broad(user, enterprise, chosen),
    )


def _is_broad(user: User, enterprise: Enterprise, chosen: SimFilter) -> bool:
    """Four digits or fewer, and nothing else, stand in hundreds of a large fleet's numbers."""
    text = str(chosen.value("q") or "")
    is_short = bool(text) and len(text) <= SHORT_SEARCH and text.isascii() and text.isdigit()
    return is_short and len(chosen.active) == 1 and rollups.total(user, enterprise) > LARGE_FLEET


def sim_rows(ids: Sequence[int], *, with_tags: bool) -> list[Sim]:
    """The rows of a page in its order, without the payload they don't show."""
    rows = Sim.objects.select_related("account").defer(
        "raw", "supplementary", "search_text", "identities", "account__raw", "account__detail"
    )
    if with_tags:
        rows = rows.prefetch_related("tags")
    found = rows.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


_FACETS = {"status": Dimension.STATUS, "package": Dimension.PACKAGE, "apn_state": Dimension.APN}
_USAGES = {"near": ("near", "over"), "over": ("over",)}


def known_total(user: User, enterprise: Enterprise, chosen: SimFilter) -> int | None:
    """How many match, out of the rollups; None when they can't tell: they know one filter besides the account."""
    filters = chosen.active
    account_id = None
    if name := filters.pop("account", None):
        account_id = enterprise.accounts.filter(name=name).values_list("pk", flat=True).first()
        if account_id is None:
            return 0
    if not filters:
        return sum(rollups.counts(user, enterprise, Dimension.STATUS, account_id=account_id).values())
    (name, value), *more = filters.items()
    if more:
        return None
    if name in _FACETS:
        return rollups.counts(user, enterprise, _FACETS[name], account_id=account_id).get(value, 0)
    if name == "usage" and value in _USAGES:
        found = rollups.counts(user, enterprise, Dimension.USAGE, account_id=account_id)
        return sum(found.get(bucket, 0) for bucket in _USAGES[value])
    if name == "fresh" and value == "missing":
        return rollups.counts(user, enterprise, Dimension.PRESENCE, account_id=account_id).get("missing", 0)
    if name == "expires" and account_id is None:
        return rollups.ending(user, enterprise, value, timezone.now())
    return None


def count_matching(user: User, enterprise: Enterprise, chosen: SimFilter) -> int | None:
    """A full count, for a page that is on screen already; None when it takes longer than `COUNT_MS`."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {COUNT_MS}")
            return matching(user, enterprise, chosen).count()
    except OperationalError:
        return None


def fresh_since(sim: Sim) -> datetime:
    """The moment up to which this row is known to equal the platform: its own read, or its account's last sweep."""
    swept = sim.account.swept_at if sim.account else sim.enterprise.swept_at
    return max(sim.observed_at, swept) if swept and sim.missing_since is None else sim.observed_at


def ends_soon(moment: datetime | None) -> bool:
    """Whether a package ends within `EXPIRING_DAYS`."""
    now = timezone.now()
    return moment is not None and now <= moment < now + timedelta(days=EXPIRING_DAYS)
