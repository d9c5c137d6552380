"""What the forms of changes and the menus that lead to them are given."""

from typing import Any

from django.urls import reverse

from commands.kinds import Kind, all_kinds, changing_kinds
from commands.page_tabs import address
from commands.plans import is_sure, rules_of
from enterprise.models import Enterprise
from sims import manage, manage_choices, protection
from sims.manage_forms import ManageForm
from sims.models import Selection, Sim


def form_of_sim(sim: Sim, kind: Kind, data: Any = None) -> ManageForm:
    return ManageForm(kind, manage_choices.of_sim(sim), rules_of(sim.enterprise).cooling_hours, data)


def form_of_selection(selection: Selection, kind: Kind, data: Any = None) -> ManageForm:
    choices = manage_choices.of_selection(selection)
    return ManageForm(kind, choices, rules_of(selection.enterprise).cooling_hours, data)


def of_sim(sim: Sim, kind: Kind, form: ManageForm) -> dict[str, Any]:
    """The form's page, and the same in the sheet."""
    return {
        "sim": sim,
        "kind": kind,
        "form": form,
        "blocked": manage.why_not(sim, kind, protection.of(sim)),
        "is_unsure": not is_sure(sim.enterprise, kind),
        "rules_url": address("commands:rules"),
        "action": reverse("sims:manage", args=[sim.giccid, kind.name]),
        "back": reverse("sims:detail", args=[sim.giccid]),
    }


def of_selection(selection: Selection, kind: Kind, form: ManageForm | None) -> dict[str, Any]:
    """`form` is None while the selection is being resolved."""
    blocked = "" if is_sure(selection.enterprise, kind) else manage.unsure_text()
    url = reverse("sims:selection-change", args=[selection.pk])
    return {
        "selection": selection,
        "kind": kind,
        "form": form,
        "blocked": blocked,
        "is_unsure": bool(blocked),
        "rules_url": address("commands:rules"),
        "action": f"{url}?kind={kind.name}",
        "back": reverse("sims:selection", args=[selection.pk]),
    }


def own_form(name: str) -> str:
    """The route of a kind's own form for many SIMs; empty for those that share one, and for a strange name."""
    return next((kind.form_route for kind in all_kinds() if kind.name == name), "")


def own_forms(enterprise: Enterprise, selection: Selection | None = None) -> list[dict[str, Any]]:
    """Kinds with a form of their own, which stand beside the menu of changes: {kind, blocked, url}."""
    return [
        {
            "kind": kind,
            "blocked": "" if is_sure(enterprise, kind) else manage.unsure_text(),
            "url": reverse(kind.form_route, args=[selection.pk]) if selection else "",
        }
        for kind in all_kinds()
        if kind.form_route
    ]


def menu_of_many(enterprise: Enterprise) -> list[dict[str, Any]]:
    """Every kind for the bar above the list and the page of a selection: {kind, blocked}."""
    return [
        {"kind": kind, "blocked": "" if is_sure(enterprise, kind) else manage.unsure_text()}
        for kind in changing_kinds()
    ]
