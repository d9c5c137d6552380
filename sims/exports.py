"""Exports of exactly what is on screen: filters, order and columns. CSV at once, XLSX as a row a worker works on."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from enterprise.models import Enterprise
from sims import columns, export_files, queries
from sims.columns import Column
from sims.filters import SimFilter
from sims.models import Export, Sim
from staff.models import User

KEPT = timedelta(days=7)
MAX_ROWS = 1_048_575
"""A sheet's lines without its heading."""
TRY = 1000
"""Each try a person asks for begins a new thousand of fences: so it can be told how often its workers died."""
State = Export.State


class Fault(models.TextChoices):
    """Why an export failed, as `Export.error` keeps it."""

    TOO_MANY = "too_many", _("More SIMs than a sheet has lines (1,048,575). Filter the list, or export CSV.")
    DISK = "disk", _("The portal's disk is full. Ask an administrator to make room, then try again.")
    PORTAL = "portal", _("A fault of the portal; its log tells more. Try again.")


class Kind(models.TextChoices):
    """How a column's values are written."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"


def kind_of(column: Column) -> Kind:
    if column.is_number:
        return Kind.NUMBER
    field = Sim._meta.get_field(column.field) if column.field else None
    return Kind.TIME if isinstance(field, models.DateTimeField) else Kind.TEXT


def heading(column: Column) -> str:
    """In the language of the moment, with its unit."""
    return f"{column.label} ({column.unit})" if column.unit else str(column.label)


def shown_columns(user: User, chosen: SimFilter) -> list[Column]:
    """What the list shows this person at this address."""
    return columns.chosen(chosen.column_names) if chosen.column_names else columns.shown(user)


def values(user: User, enterprise: Enterprise, chosen: SimFilter, cells: list[str]) -> "QuerySet[Any]":
    """Rows of the list in its order; `cells` are SQL expressions of ours over `sims_sim`."""
    sims = queries.in_order(queries.matching(user, enterprise, chosen), chosen)
    names = {f"cell_{number}": RawSQL(sql, []) for number, sql in enumerate(cells)}  # noqa: S611 - ours
    return sims.annotate(**names).values_list(*names)


# --- exports as rows


def own_exports(user: User) -> "QuerySet[Export]":
    """Their own of enterprises they still see, until they expire. Newest first."""
    visible = Enterprise.objects.visible_to(user)
    return Export.objects.filter(owner=user, enterprise__in=visible, expires_at__gt=timezone.now())


def open_exports() -> "QuerySet[Export]":
    return Export.objects.filter(state__in=[State.QUEUED, State.RUNNING]).order_by("run_at")


def want_export(user: User, enterprise: Enterprise, *, form_uid: uuid.UUID, query: str) -> Export:
    """The row a worker will find; a double click finds the first one. `query` comes from `Choice.list_query`."""
    shown = [column.name for column in shown_columns(user, SimFilter(QueryDict(query)))]
    export = Export(
        uid=uuid.uuid5(form_uid, f"{user.pk} {enterprise.pk} {query} {shown}"),
        owner=user,
        enterprise=enterprise,
        query=query,
        columns=shown,
        language=get_language() or settings.LANGUAGE_CODE,
        time_zone=timezone.get_current_timezone_name(),
        expires_at=timezone.now() + KEPT,
    )
    try:
        with transaction.atomic():
            export.save(force_insert=True)
    except IntegrityError:
        return Export.objects.get(pk=export.pk)
    return export


def retry(export: Export) -> bool:
    """Queues a failed export once more; False when it has not failed (or somebody was quicker)."""
    failed = Export.objects.filter(pk=export.pk, state=State.FAILED, fence=export.fence)
    fence = (export.fence // TRY + 1) * TRY
    return bool(failed.update(state=State.QUEUED, error="", done=0, fence=fence, run_at=timezone.now()))


def remove_expired(now: datetime) -> int:
    """Rows and files of what has expired, and files no row knows (their worker was killed)."""
    gone = Export.objects.filter(expires_at__lte=now)
    for export in gone.exclude(file_name=""):
        (export_files.folder() / export.file_name).unlink(missing_ok=True)
    _all, by_kind = gone.delete()
    export_files.remove_orphans(now)
    return by_kind.get("sims.Export", 0)
