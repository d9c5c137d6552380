"""Lines of a pasted or uploaded list that are no SIM: up to 50,000, so a page reads only those it shows."""

import json
from typing import Any

from django.db import connection

from sims.iccids import Reason
from sims.models import Selection

Rows = list[dict[str, Any]]
_FIRST = "SELECT jsonb_path_query_array(problems, %s) FROM sims_selection WHERE uid = %s"


def first(selection: Selection, count: int) -> Rows:
    """The first so many, cut off in the database."""
    if not selection.problem_count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [f"$[0 to {count - 1}]", selection.pk])
        (found,) = cursor.fetchone()
    return _worded(json.loads(found) if isinstance(found, str) else found)


def every(selection: Selection) -> Rows:
    """All of them, for a file."""
    kept = Selection.objects.filter(pk=selection.pk).values_list("problems", flat=True).first()
    return _worded(kept or [])


def _worded(rows: Rows) -> Rows:
    labels = {value: str(label) for value, label in Reason.choices}
    return [row | {"reason": labels.get(row["reason"], row["reason"])} for row in rows]
