"""What the pages of selections are given."""

import csv
import io
from typing import Any

from django.core.paginator import Page
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from common.spreadsheets import harmless
from enterprise.models import Enterprise
from sims import presentation
from sims.filters import SimFilter
from sims.iccids import Reason
from sims.models import Selection

SHOWN_PROBLEMS = 100


def overview(page: "Page[Any]") -> dict[str, Any]:
    """The list of one's selections."""
    return {
        "page": page,
        "rows": [{"selection": row, "filters": filters_of(row)} for row in page.object_list],
    }


def filters_of(selection: Selection) -> str:
    """What a query asked for, in words; empty for other kinds."""
    chips = presentation.chips(SimFilter(QueryDict(selection.query)))
    return " · ".join(f"{chip['label']}: {chip['text']}" for chip in chips)


def detail(selection: Selection, current: Enterprise | None) -> dict[str, Any]:
    problems = _problems(selection)
    return {
        "selection": selection,
        "filters": filters_of(selection),
        "list_url": f"{reverse('sims:list')}?selection={selection.pk}",
        "is_elsewhere": current is None or current.pk != selection.enterprise_id,
        "problems": problems[:SHOWN_PROBLEMS],
        "kept_problems": len(problems),
    }


def problems_csv(selection: Selection) -> str:
    """The kept problems; a mark in front, so that Excel reads it as UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_("Line"), _("Text"), _("Problem")])
    writer.writerows((row["line"], harmless(row["text"]), row["reason"]) for row in _problems(selection))
    return "\ufeff" + text.getvalue()


def _problems(selection: Selection) -> list[dict[str, Any]]:
    labels = dict(Reason.choices)
    return [row | {"reason": str(labels.get(row["reason"], row["reason"]))} for row in selection.problems]
