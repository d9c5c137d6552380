"""Plans whose SIMs each get a text of their own: made before the plan's lines are written, so that each line is written
once, with its text, and is seen and approved word by word. A SIM without a text gets none, and its line says why."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from commands.kinds import Kind, kind_named
from commands.models import Plan
from sims.variables import variables

CHUNK = 5000
TABLE = "plan_texts"
LACKS = ("no_variable", "too_long", "no_text")
"""Why a SIM has no text; see `commands.why`."""
_CREATE = f"CREATE TEMPORARY TABLE {TABLE} (giccid text, text text, why text, note text) ON COMMIT DROP"
_FILL = f"INSERT INTO {TABLE} SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])"  # noqa: S608


def has_texts(plan: Plan) -> bool:
    return kind_named(plan.kind).compose is not None


def compose(plan: Plan, chosen: str, values: Sequence[Any]) -> None:
    """Fills the temporary table `TABLE` with the texts of these ICCIDs. Inside the transaction of the freeze."""
    kind = kind_named(plan.kind)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{TABLE}")
        cursor.execute(_CREATE)
        cursor.execute(chosen, values)
        giccids = [str(giccid) for (giccid,) in cursor.fetchall()]
        for start in range(0, len(giccids), CHUNK):
            cursor.execute(_FILL, _texts(plan, kind, giccids[start : start + CHUNK]))
        cursor.execute(f"ANALYZE {TABLE}")


def _texts(plan: Plan, kind: Kind, giccids: list[str]) -> list[list[str]]:
    assert kind.compose is not None  # noqa: S101 - only such plans come here
    known = variables(plan.enterprise_id, giccids)
    made = [kind.compose(plan.params, known.get(giccid, {})) for giccid in giccids]
    return [
        giccids,
        [text.text for text in made],
        [text.why for text in made],
        [text.note[:500] for text in made],
    ]
