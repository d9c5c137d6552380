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
from sims import presentation, problems
from sims.filters import SimFilter
from sims.manage_presentation import menu_of_many, own_forms
from sims.models import Selection
from staff.models import User

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


def detail(selection: Selection, current: Enterprise | None, user: User) -> dict[str, Any]:
    return {
        "selection": selection,
        "filters": filters_of(selection),
        "list_url": f"{reverse('sims:list')}?selection={selection.pk}",
        "is_elsewhere": current is None or current.pk != selection.enterprise_id,
        "kinds": menu_of_many(selection.enterprise) if user.has_perm("commands.run") else [],
        "own_forms": own_forms(selection.enterprise, selection) if user.has_perm("commands.run") else [],
        "problems": problems.first(selection, SHOWN_PROBLEMS),
    }


def problems_csv(selection: Selection) -> str:
    """Every problem; a mark in front, so that Excel reads it as UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_("Line"), _("Text"), _("Problem")])
    writer.writerows((row["line"], harmless(row["text"]), row["reason"]) for row in problems.every(selection))
    return "\ufeff" + text.getvalue()
