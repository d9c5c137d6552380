"""A plan as a CSV file: every line, before and after, its group, and what became of it."""

import csv
import io
from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from commands.kinds import kind_named
from commands.models import Command, Group, Plan, State
from commands.plan_lines import all_lines
from commands.why import why_text
from common.spreadsheets import harmless
from staff.models import User

_PIECE = 1 << 16
# With this mark Excel reads the file as UTF-8.
_MARK = "\ufeff"


def csv_pieces(user: User, plan: Plan) -> Iterator[bytes]:
    """Piece by piece, in the language of the request: by the time it is read, that is not active any more."""
    language = get_language() or "en"
    with override(language):
        head = [
            _("ICCID"), _("Group"), _("Before"), _("After"), _("State"), _("Why"), _("Error"), _("Settled at"),
        ]  # fmt: skip
        groups = {value: str(label) for value, label in Group.choices}
        states = {value: str(label) for value, label in State.choices}
    text = io.StringIO(_MARK)
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text)
    writer.writerow(head)
    explain = kind_named(plan.kind).explain
    for line in all_lines(user, plan):
        with override(language):
            writer.writerow(
                [harmless(cell) for cell in _cells(line, groups, states, explain(line.why, line.error))]
            )
        if text.tell() > _PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _cells(line: Command, groups: dict[str, str], states: dict[str, str], said: str) -> list[str]:
    settled = timezone.localtime(line.settled_at).isoformat(timespec="seconds") if line.settled_at else ""
    return [
        line.giccid,
        groups.get(line.group, line.group),
        line.before,
        line.after,
        states.get(line.state, line.state),
        why_text(line.why, line.group),
        said,
        settled,
    ]
