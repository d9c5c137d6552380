"""Which SIMs are protected: a condition for SQL, the same when a plan is made and when it is carried out."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.http import QueryDict

from sims.filters import SimFilter
from sims.matching import apply_filter
from sims.models import Protection, Sim

Sql = tuple[str, list[Any]]


def condition(enterprise_id: int) -> Sql:
    """Over `s`, a row of sims_sim. What a view matches, it matches for everybody, whoever looks."""
    parts = ["EXISTS (SELECT 1 FROM sims_protection p WHERE p.sim_id = s.id)"]
    values: list[Any] = []
    views = Protection.objects.filter(enterprise=enterprise_id).exclude(view=None).select_related("view")
    for query in [protection.view.query for protection in views if protection.view]:
        chosen = apply_filter(Sim.objects.filter(enterprise=enterprise_id), SimFilter(QueryDict(query)))
        try:
            sql, params = chosen.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"s.id IN ({sql})")
        values.extend(params)
    return f"({' OR '.join(parts)})", values
