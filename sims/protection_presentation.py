"""What the page of protections is given."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Page
from django.http import QueryDict
from django.urls import reverse

from common.pages import page_of
from enterprise.models import Enterprise
from sims import presentation, protecting
from sims.filters import SimFilter
from sims.models import Protection
from sims.protection_forms import ViewForm
from staff.models import User

PAGE_SIZE = 50


def overview(user: User, enterprise: Enterprise, query: Mapping[str, Any]) -> dict[str, Any]:
    page: Page[Any] = page_of(protecting.visible_protections(user, enterprise), query.get("page"), PAGE_SIZE)
    may_protect = user.has_perm("sims.protect")
    views = protecting.views_to_protect(user, enterprise)
    return {
        "page": page,
        "rows": [_row(protection) for protection in page.object_list],
        "may_protect": may_protect,
        "form": ViewForm(initial={"view": query.get("view")}, views=views) if may_protect else None,
        "has_views": may_protect and views.exists(),
    }


def _row(protection: Protection) -> dict[str, Any]:
    """`name`: the ICCID, or the view's."""
    row: dict[str, Any] = {"protection": protection}
    if protection.sim is not None:
        giccid = protection.sim.giccid
        row |= {"name": giccid, "url": reverse("sims:detail", args=[giccid])}
    if protection.view is not None:
        view = protection.view
        chips = presentation.chips(SimFilter(QueryDict(view.query)))
        words = " · ".join(f"{chip['label']}: {chip['text']}" for chip in chips)
        row |= {"name": view.name, "url": reverse("sims:view", args=[view.pk]), "filters": words}
    return row
