"""Plans whose SIMs each get a text of their own: written into the plan's lines as it is frozen, so that it is seen and
approved word by word. A SIM without a text gets none, and its line says why."""

from django.db import connection

from commands.kinds import Kind, kind_named
from commands.models import Plan
from sims.variables import variables

CHUNK = 5000
_NEXT = """
SELECT id, giccid FROM commands_command WHERE plan_id = %s AND state = 'planned' AND id > %s ORDER BY id LIMIT %s
"""
_WRITE = """
UPDATE commands_command c SET
       after = v.text, why = v.why, error = left(v.note, 500),
       "group" = CASE WHEN v.why = '' THEN c."group" ELSE 'not_allowed' END,
       state = CASE WHEN v.why = '' THEN c.state ELSE 'skipped' END,
       expects = CASE WHEN v.why = '' THEN c.expects ELSE '' END
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS v (id, text, why, note)
 WHERE c.id = v.id
"""


def compose(plan: Plan) -> None:
    """Writes the texts of a plan's lines, if its kind has any. Inside the transaction that freezes it."""
    kind, last = kind_named(plan.kind), 0
    if kind.compose is None:
        return
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_NEXT, [plan.pk, last, CHUNK])
            rows = cursor.fetchall()
            if not rows:
                return
            last = rows[-1][0]
            cursor.execute(_WRITE, _texts(plan, kind, rows))


def _texts(plan: Plan, kind: Kind, rows: list[tuple[int, str]]) -> list[list[int] | list[str]]:
    assert kind.compose is not None  # noqa: S101 - only such plans come here
    known = variables(plan.enterprise_id, [giccid for _pk, giccid in rows])
    made = [kind.compose(plan.params, known.get(giccid, {})) for _pk, giccid in rows]
    return [
        [pk for pk, _giccid in rows],
        [text.text for text in made],
        [text.why for text in made],
        [text.note for text in made],
    ]
