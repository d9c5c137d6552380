"""Selections as apps beside this one need them: which SIMs something is to be done to."""

from collections.abc import Sequence

from django.db.models import Case, IntegerField, Value, When
from django.urls import reverse

from commands.fleet import Chosen, CustomAges
from sims import customs, selections
from sims.models import Sim, Status
from sims.querysets import SimQuerySet
from staff.models import User


def chosen(user: User, uid: object) -> Chosen | None:
    """See `commands.fleet.Fleet.chosen`."""
    found = selections.visible_selection(user, uid)
    if found is None:
        return None
    return Chosen(
        enterprise_id=found.enterprise_id,
        state=str(found.state),
        how=found.get_kind_display(),
        total=found.total,
        missing=found.problem_count,
        url=reverse("sims:selection", args=[found.pk]),
    )


def sims_of(user: User, uid: object) -> SimQuerySet:
    """SIMs of a selection of theirs; none of anybody else's."""
    found = selections.visible_selection(user, uid)
    return Sim.objects.none() if found is None else selections.sims_of(user, found)


def first_of(user: User, uid: object, most: int) -> Sequence[str]:
    active = Case(When(status=Status.ACTIVATED, then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(sims_of(user, uid).order_by(active, "giccid").values_list("giccid", flat=True)[:most])


def custom_ages(user: User, uid: object) -> CustomAges:
    found = customs.ages(sims_of(user, uid))
    return CustomAges(
        found.total, found.never, found.waiting, found.oldest, found.newest, min(found.total, customs.MOST)
    )
