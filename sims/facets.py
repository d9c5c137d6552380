"""What the filters offer, with how many SIMs each value has: out of the rollups, for the accounts a person sees."""

from typing import Any

from common.statuses import sim_look
from enterprise.models import Enterprise
from sims import rollups
from sims.filters import FRESH_CHOICES, USAGE_CHOICES, SimFilter
from sims.models import ApnState, PurchaseOrder, Status
from sims.notes import visible_tags
from sims.rollups import Dimension
from staff.models import User

Option = dict[str, Any]


def choices(user: User, enterprise: Enterprise, chosen: SimFilter) -> dict[str, list[Option]]:
    """Options {value, label, count} by filter; a chosen value nobody has (an unknown status) is offered too."""
    found = rollups.facets(user, enterprise)
    return {
        "status": _with_chosen(_statuses(found[Dimension.STATUS]), chosen.value("status")),
        "account": _with_chosen(_accounts(user, enterprise), chosen.value("account")),
        "package": _with_chosen(_packages(found[Dimension.PACKAGE]), chosen.value("package")),
        "apn_state": [
            {"value": value, "label": label, "count": found[Dimension.APN].get(value, 0)}
            for value, label in ApnState.choices
        ],
        "usage": [{"value": value, "label": label} for value, label in USAGE_CHOICES if value],
        "fresh": [{"value": value, "label": label} for value, label in FRESH_CHOICES if value],
        "tag": [{"value": name, "label": name} for name in visible_tags(user, enterprise)],
        "po": [{"value": name, "label": name} for name in _orders(user, enterprise)],
    }


def _statuses(counts: dict[str, int]) -> list[Option]:
    order = [*Status.values, *sorted(set(counts) - set(Status.values))]
    return [
        {"value": value, "label": sim_look(value).label, "count": counts.get(value, 0)} for value in order
    ]


def _accounts(user: User, enterprise: Enterprise) -> list[Option]:
    counts = rollups.counts_by_account(user, enterprise)
    accounts = enterprise.accounts.visible_to(user).present().order_by("name").values_list("pk", "name")
    return [{"value": name, "label": name, "count": counts.get(pk, 0)} for pk, name in accounts]


def _packages(counts: dict[str, int]) -> list[Option]:
    return [{"value": name, "label": name, "count": n} for name, n in sorted(counts.items()) if name]


def _orders(user: User, enterprise: Enterprise) -> list[str]:
    """Nobody knows whose SIMs an order holds before it was read, so limited people are offered none; they may type."""
    if not user.sees_all_accounts:
        return []
    return list(PurchaseOrder.objects.filter(enterprise=enterprise).values_list("name", flat=True)[:500])


def _with_chosen(options: list[Option], value: str | None) -> list[Option]:
    known = {option["value"] for option in options}
    return options if value is None or value in known else [*options, {"value": value, "label": value}]


def unknown_po(enterprise: Enterprise, chosen: SimFilter) -> str:
    """The PO asked for, if the portal has not read its SIMs yet: only SmartHub's filter knows them."""
    name = chosen.value("po")
    if not name or PurchaseOrder.objects.filter(enterprise=enterprise, name=name).exists():
        return ""
    return str(name)
