"""A tag put on many SIMs, or taken off, in one statement."""

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction

from enterprise.models import Enterprise
from sims.models import SimTag, Tag
from sims.querysets import SimQuerySet

MOST = 50_000
"""SIMs a person waits for (some seconds); for more the selection is to be split."""


class TooMany(Exception):
    """More than `MOST` SIMs; nothing was changed."""


def add_tag(enterprise: Enterprise, sims: SimQuerySet, name: str) -> int:
    """Returns how many SIMs of `sims` got it; those that had it already keep it. Raises `TooMany`."""
    _check(sims)
    with transaction.atomic():
        tag = Tag.objects.filter(enterprise=enterprise, name__iexact=name).first()
        if tag is None:
            tag, _is_new = Tag.objects.get_or_create(enterprise=enterprise, name=name)
        try:
            query, params = sims.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO sims_simtag (sim_id, tag_id, created_at)"  # noqa: S608 - the ORM's SQL, with parameters
                f" SELECT chosen.id, %s, now() FROM ({query}) AS chosen (id) ORDER BY 1 ON CONFLICT DO NOTHING",
                [tag.pk, *params],
            )
            return int(cursor.rowcount)


def remove_tag(enterprise: Enterprise, sims: SimQuerySet, name: str) -> int:
    """Returns how many SIMs of `sims` lost it; the tag itself stays. Raises `TooMany`."""
    _check(sims)
    worn = SimTag.objects.filter(tag__enterprise=enterprise, tag__name__iexact=name)
    return worn.filter(sim__in=sims.order_by().values("pk")).delete()[0]


def _check(sims: SimQuerySet) -> None:
    if sims.order_by()[: MOST + 1].count() > MOST:
        raise TooMany
