"""What the pages of exports are given."""

from typing import Any

from django.core.paginator import Page
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from common import formats
from sims import export_files, presentation
from sims.exports import Fault, State
from sims.filters import SimFilter
from sims.models import Export


def overview(page: "Page[Any]") -> dict[str, Any]:
    """The list of one's exports."""
    return {"page": page, "rows": [{"export": row, "filters": filters_of(row)} for row in page.object_list]}


def filters_of(export: Export) -> str:
    """What the list was filtered by, in words; empty when it was not."""
    chips = presentation.chips(SimFilter(QueryDict(export.query)))
    return " · ".join(f"{chip['label']}: {chip['text']}" for chip in chips)


def detail(export: Export) -> dict[str, Any]:
    labels = dict(Fault.choices)
    return {
        "export": export,
        "filters": filters_of(export),
        "is_open": export.state in (State.QUEUED, State.RUNNING),
        "has_file": export_files.file_of(export) is not None,
        "fault": labels.get(export.error, export.error),
        "rate": _rate(export),
    }


def _rate(export: Export) -> str:
    """Speed of a running export, in words."""
    seconds = (timezone.now() - export.run_at).total_seconds()
    if export.state != State.RUNNING or not export.done or seconds <= 0:
        return _("Waiting for a worker") if export.state == State.QUEUED else ""
    return _("%(count)s SIMs a second") % {"count": formats.count(round(export.done / seconds))}
