"""Which SIMs are protected: a condition for SQL, the same when a plan is made and when it is carried out.

Protection keeps a SIM as it is at SmartHub. What staff keep here (label, tags) may change all the same.
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Q
from django.http import QueryDict

from sims.filters import SimFilter
from sims.matching import apply_filter
from sims.models import Protection, SavedView, Sim
from sims.querysets import SimQuerySet

Sql = tuple[str, list[Any]]


def condition(enterprise_id: int) -> Sql:
    """Over `s`, a row of sims_sim. What a view matches, it matches for everybody, whoever looks."""
    parts = ["EXISTS (SELECT 1 FROM sims_protection p WHERE p.sim_id = s.id)"]
    values: list[Any] = []
    for view in _views(enterprise_id):
        chosen = _matched(view, Sim.objects.filter(enterprise=enterprise_id))
        try:
            sql, params = chosen.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"s.id IN ({sql})")
        values.extend(params)
    return f"({' OR '.join(parts)})", values


def of(sim: Sim) -> Protection | None:
    """What keeps this SIM from being changed: its own protection, or else the newest of a view that matches it."""
    own_or_by_view = Q(sim=sim) | (Q(enterprise=sim.enterprise_id) & ~Q(view=None))
    found = Protection.objects.filter(own_or_by_view).select_related("view", "created_by")
    by_view = []
    for protection in found:
        if protection.view is None:
            return protection
        by_view.append(protection)
    for protection in by_view:
        if protection.view and _matched(protection.view, Sim.objects.filter(pk=sim.pk)).exists():
            return protection
    return None


def among(enterprise_id: int, sim_ids: Sequence[int]) -> set[int]:
    """Ids of those that are protected, for a page of a list: one question, and one for each view that protects."""
    rows = Protection.objects.filter(Q(sim__in=sim_ids) | (Q(enterprise=enterprise_id) & ~Q(view=None)))
    found = set()
    for protection in rows.select_related("view"):
        if protection.view is None:
            found.add(protection.sim_id)
        else:
            matched = _matched(protection.view, Sim.objects.filter(pk__in=sim_ids))
            found.update(matched.order_by().values_list("pk", flat=True))
    return {pk for pk in found if pk is not None}


def _views(enterprise_id: int) -> list[SavedView]:
    return list(SavedView.objects.filter(enterprise=enterprise_id, protection__isnull=False))


def _matched(view: SavedView, sims: SimQuerySet) -> SimQuerySet:
    return apply_filter(sims, SimFilter(QueryDict(view.query)))
