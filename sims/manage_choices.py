"""What the fields of a change offer to choose from, for one SIM or for the SIMs of a selection."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common import formats
from enterprise.models import ServicePackage
from sims.changes import objects, text_of
from sims.models import Selection, SelectionItem, Sim

LOOKED_AT = 200
"""SIMs of a selection whose APNs are suggested."""
NAME_SHOWN = 80
Pair = tuple[str, str]


@dataclass(frozen=True)
class Choices:
    """`packages` by type; `apns`: (name, words), empty for a selection, which has `suggestions` instead.

    `is_suspended`: every SIM is, so that a retirement needs no cooling-off.
    """

    packages: dict[str, list[Pair]] = field(default_factory=dict)
    apns: list[Pair] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)
    is_suspended: bool = True


def of_sim(sim: Sim) -> Choices:
    accounts = [sim.account_id] if sim.account_id else []
    return Choices(
        packages=_packages(accounts),
        apns=[(name, f"{name} ({_apn_word(status)})") for name, status in _apns(sim)],
        is_suspended=sim.status == "DEACTIVATED",
    )


def of_selection(selection: Selection) -> Choices:
    """The union over the accounts concerned; which SIM may have which, its plan tells line by line."""
    chosen = SelectionItem.objects.filter(selection=selection)
    sims = Sim.objects.filter(pk__in=chosen.values("sim_id"))
    accounts = list(sims.order_by().values_list("account_id", flat=True).distinct())
    first = Sim.objects.filter(pk__in=list(chosen.values_list("sim_id", flat=True)[:LOOKED_AT]))
    names = {name for sim in first.only("raw") for name, _status in _apns(sim)}
    return Choices(
        packages=_packages([pk for pk in accounts if pk is not None]), suggestions=sorted(names)[:LOOKED_AT]
    )


def _packages(accounts: Sequence[int]) -> dict[str, list[Pair]]:
    """Choices by type, each name once, however many accounts have it."""
    rows: QuerySet[ServicePackage] = ServicePackage.objects.filter(
        account__in=accounts, missing_since=None
    ).defer("raw")
    by_name: dict[tuple[str, str], list[ServicePackage]] = {}
    for row in rows.order_by("name", "pk"):
        by_name.setdefault((row.type or "", row.name), []).append(row)
    found: dict[str, list[Pair]] = {}
    for (kind, name), same in by_name.items():
        found.setdefault(kind, []).append((name, _package_words(same, len(accounts))))
    return found


def _package_words(same: list[ServicePackage], accounts: int) -> str:
    """Name, quota and price; where accounts differ, in how many it is to be had."""
    first = same[0]
    parts = [_shortened(first.name), *_facts(first)]
    if accounts > 1:
        text = _("in %(n)s of %(total)s accounts")
        parts.append(text % {"n": formats.count(len(same)), "total": formats.count(accounts)})
    return " · ".join(parts)


def _facts(package: ServicePackage) -> Iterable[str]:
    if package.data_quota_mb is not None:
        yield formats.megabytes(package.data_quota_mb)
    if package.sms_quota:
        yield _("%(n)s SMS") % {"n": formats.count(int(package.sms_quota))}
    if package.price is not None:
        yield f"{formats.amount(package.price)} {package.currency or ''}".strip()


def _shortened(name: str) -> str:
    """Names of packages differ at their ends, so the middle goes."""
    half = NAME_SHOWN // 2
    return name if len(name) <= NAME_SHOWN else f"{name[:half]}…{name[-half:]}"


def _apns(sim: Sim) -> list[tuple[str, str]]:
    """Names and states out of the payload; an APN without a name can't be addressed."""
    listed = [(text_of(apn.get("apnName")), apn.get("apnStatus")) for apn in objects(sim.raw.get("apnList"))]
    return [(name, text_of(status) or "") for name, status in listed if name]


def _apn_word(status: str) -> str:
    words = {"OPEN": _("open now"), "CLOSED": _("closed now"), "": _("state not reported")}
    return words.get(status, status)
