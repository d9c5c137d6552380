"""What the templates of the SIM list are given."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from common.statuses import sim_look
from enterprise.models import Enterprise
from sims import queries
from sims.filters import USAGE_CHOICES, SimFilter
from sims.models import ApnState, Status
from staff.models import User


def chips(chosen: SimFilter) -> list[dict[str, Any]]:
    """One for each filter in use: name in the query string, label and value in words."""
    return [
        {"name": name, "label": chosen.fields[name].label, "text": _words(name, value)}
        for name, value in chosen.active.items()
    ]


def _words(name: str, value: Any) -> str:
    if name == "status":
        return str(sim_look(value).label)
    if name == "apn_state":
        return str(ApnState(value).label)
    if name == "usage":
        return str(dict(USAGE_CHOICES)[value])
    return str(value)


def choices(user: User, enterprise: Enterprise, chosen: SimFilter) -> dict[str, list[tuple[str, str]]]:
    """Options of the filter selects; a chosen value nobody offers (an unknown status) is offered too."""
    statuses = [(value, str(sim_look(value).label)) for value in Status.values]
    accounts = [(name, name) for name in queries.account_names(user, enterprise)]
    packages = [(name, name) for name in queries.package_names(user, enterprise)]
    return {
        "status": _with_chosen(statuses, chosen.value("status")),
        "account": _with_chosen(accounts, chosen.value("account")),
        "package": _with_chosen(packages, chosen.value("package")),
        "apn_state": [(value, str(label)) for value, label in ApnState.choices],
        "usage": [(value, str(label)) for value, label in USAGE_CHOICES if value],
    }


def _with_chosen(options: list[tuple[str, str]], value: str | None) -> list[tuple[str, str]]:
    known = {option for option, _label in options}
    return options if value is None or value in known else [*options, (value, value)]


def rows(sims: Iterable[Any], allowances: dict[tuple[int | None, str | None], float]) -> list[dict[str, Any]]:
    return [
        {
            "sim": sim,
            "url": reverse("sims:detail", args=[sim.giccid]),
            "allowance_mb": allowances.get((sim.account_id, sim.package_name)),
        }
        for sim in sims
    ]
