"""What the list of SIMs is given."""

from collections.abc import Container
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from common.pages import PAGE_SIZES
from common.statuses import sim_look
from enterprise.models import Enterprise
from sims import cells, columns, facets, protection, queries, window
from sims.columns import Column
from sims.filters import FRESH_CHOICES, USAGE_CHOICES, SimFilter
from sims.layouts import layout_of
from sims.manage_presentation import menu_of_many, own_forms
from sims.models import ApnState, ListLayout, Selection, Sim
from sims.saved_views import visible_views
from sims.window import Window
from staff.models import User

MORE = ("usage", "usage_min", "usage_max", "expires", "tag", "po", "fresh")
"""Filters behind "More filters"."""


def sim_list(request: HttpRequest, user: User, enterprise: Enterprise, chosen: SimFilter) -> dict[str, Any]:
    """Everything of the page and of the fragment htmx swaps."""
    layout = layout_of(user)
    shown = columns.chosen(chosen.column_names or layout.columns)
    page = _window(request, user, enterprise, chosen, layout)
    sims = queries.sim_rows(page.ids, with_tags=any(column.name == "tags" for column in shown))
    locked = protection.among(enterprise.pk, page.ids)
    return {
        "filter": chosen,
        "chips": chips(chosen),
        "choices": facets.choices(user, enterprise, chosen),
        "more_count": sum(1 for name in MORE if name in chosen.active),
        "page": page,
        "few": window.FEW,
        "links": links(request.GET, page),
        "shown": [{"column": column, "is_right": cells.css_of(column) == "number"} for column in shown],
        "rows": rows(sims, shown, locked),
        "layout": layout,
        "enterprise": enterprise,
        "may_refresh": user.has_perm("sims.refresh"),
        "kinds": menu_of_many(enterprise) if user.has_perm("commands.run") else [],
        "own_forms": own_forms(enterprise) if user.has_perm("commands.run") else [],
    } | _furniture(request, user, enterprise, chosen, layout, shown)


def _window(
    request: HttpRequest, user: User, enterprise: Enterprise, chosen: SimFilter, layout: ListLayout
) -> Window:
    text = request.GET.get("page", "")
    number = int(text[:10]) if text.isascii() and text.isdigit() else 1
    size, place = chosen.size(layout.page_size), request.GET.get("at", "")
    return queries.sim_window(user, enterprise, chosen, size=size, number=max(1, number), place=place[:600])


def _furniture(
    request: HttpRequest,
    user: User,
    enterprise: Enterprise,
    chosen: SimFilter,
    layout: ListLayout,
    shown: list[Column],
) -> dict[str, Any]:
    """Choosers and menus around the table."""
    names = {column.name for column in shown}
    view = request.GET.get("view", "")
    views = list(visible_views(user, enterprise))
    return {
        "page_sizes": PAGE_SIZES,
        "page_size": chosen.size(layout.page_size),
        "densities": ListLayout.Density.choices,
        "column_choices": [
            {"column": column, "is_shown": column.name in names, "is_fixed": column.name == columns.ALWAYS}
            for column in columns.COLUMNS.values()
        ],
        "views": views,
        "view": next((item for item in views if str(item.pk) == view), None),
        "unknown_po": facets.unknown_po(enterprise, chosen),
    }


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
    if name in ("usage", "fresh"):
        return str(dict(USAGE_CHOICES if name == "usage" else FRESH_CHOICES)[value])
    if name in ("usage_min", "usage_max"):
        return f"{value:g} MB"
    if name == "selection":
        return _selection_words(value)
    return str(value)


def _selection_words(uid: Any) -> str:
    found = Selection.objects.filter(uid=uid).first()
    if found is None or found.ready_at is None:
        return _("not there any more")
    text = _("%(total)s SIMs, frozen at %(time)s")
    return text % {"total": f"{found.total:,}", "time": f"{localtime(found.ready_at):%H:%M}"}


def rows(sims: list[Sim], shown: list[Column], locked: Container[int]) -> list[dict[str, Any]]:
    """The ICCID is the row's heading; `cells` are all the others, in the order of the headings."""
    url = reverse("sims:detail", args=["0"])
    return [
        {
            "sim": sim,
            "url": url.replace("0", sim.giccid),
            "is_protected": sim.pk in locked,
            "cells": drawn,
        }
        for sim, drawn in zip(sims, cells.row_cells(sims, shown), strict=True)
    ]


def links(address: QueryDict, page: Window) -> dict[str, str]:
    """Addresses of the first, previous, next and last page; those beside carry the place they begin at."""
    found = {}
    if page.has_previous:
        found["first"] = _link(address, 1)
        found["previous"] = _link(address, page.number - 1, page.before)
    if page.has_next:
        found["next"] = _link(address, page.number + 1, page.after)
        if page.pages:
            found["last"] = _link(address, page.pages)
    return found


def _link(address: QueryDict, number: int, place: Any = None) -> str:
    query = address.copy()
    query["page"] = str(number)
    query.pop("at", None)
    if place is not None and number > 1:
        query["at"] = str(place)
    return f"?{query.urlencode()}"
