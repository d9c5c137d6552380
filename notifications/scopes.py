"""Which SIMs a rule is about."""

from collections.abc import Collection

from django.http import QueryDict

from notifications.models import Rule
from sims.filters import SimFilter
from sims.matching import apply_filter
from sims.models import Sim, SimTag
from sims.querysets import SimQuerySet


def sims_of(rule: Rule) -> SimQuerySet:
    """What a view matches, it matches for everybody; tombstones are never in."""
    sims = Sim.objects.filter(enterprise=rule.enterprise_id, removed_at=None)
    if rule.scope == Rule.Scope.VIEW:
        return apply_filter(sims, SimFilter(QueryDict(rule.view.query))) if rule.view else sims.none()
    if rule.scope == Rule.Scope.TAG:
        return sims.filter(pk__in=SimTag.objects.filter(tag=rule.tag_id).values("sim_id"))
    return sims


def tags_of(rule: Rule) -> set[str]:
    """Names of the tags it chooses its SIMs by, case folded."""
    if rule.scope == Rule.Scope.TAG and rule.tag:
        return {rule.tag.name.casefold()}
    if rule.scope == Rule.Scope.VIEW and rule.view:
        name = SimFilter(QueryDict(rule.view.query)).value("tag")
        return {name.casefold()} if name else set()
    return set()


def among(rule: Rule, giccids: Collection[str]) -> set[str]:
    """Those of `giccids` the rule is about; one query."""
    if not giccids:
        return set()
    return set(sims_of(rule).filter(giccid__in=giccids).order_by().values_list("giccid", flat=True))
