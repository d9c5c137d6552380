"""CSV at once: PostgreSQL writes it (COPY … TO STDOUT), we pass it on in pieces."""

import csv
import io
from collections.abc import Iterator

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.utils import timezone

from common.spreadsheets import harmless
from enterprise.models import Enterprise
from sims.columns import Column
from sims.exports import Kind, heading, kind_of, shown_columns, values
from sims.filters import SimFilter
from staff.models import User

_PIECE = 1 << 16
# With this mark Excel reads the file as UTF-8.
_MARK = "\ufeff"
# `harmless` in SQL.
# A subquery (tags) is asked once only.
_HARMLESS = "CASE WHEN ascii({sql}) IN (61, 43, 45, 64, 9, 13) THEN '''' || {sql} ELSE {sql} END"
_HARMLESS_ONCE = r"regexp_replace(({sql})::text, E'^([=+@\t\r-])', E'''\\1')"
_TIME = "to_char({sql}, 'YYYY-MM-DD\"T\"HH24:MI:SSTZH:TZM')"
_CELLS = {Kind.TEXT: _HARMLESS, Kind.NUMBER: "{sql}", Kind.TIME: _TIME}


def csv_pieces(user: User, enterprise: Enterprise, chosen: SimFilter) -> Iterator[bytes]:
    """The file, piece by piece. A failure in the middle breaks the download: never a short file that looks whole."""
    shown = shown_columns(user, chosen)
    head, zone = _heading(shown), timezone.get_current_timezone_name()
    cells = [_cell(column).format(sql=column.sql) for column in shown]
    rows = values(user, enterprise, chosen, cells)
    try:
        query, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return iter([head])
    return _pieces(head, f"COPY ({query}) TO STDOUT (FORMAT csv)", params, zone)


def _cell(column: Column) -> str:
    is_subquery = kind_of(column) == Kind.TEXT and column.field is None
    return _HARMLESS_ONCE if is_subquery else _CELLS[kind_of(column)]


def _heading(shown: list[Column]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(harmless(heading(column)) for column in shown)
    return (_MARK + line.getvalue()).encode()


def _pieces(head: bytes, statement: str, params: tuple[object, ...], zone: str) -> Iterator[bytes]:
    waiting, size = [head], len(head)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        with cursor.copy(statement, params) as copy:
            for line in copy:
                waiting.append(bytes(line))
                size += len(line)
                if size > _PIECE:
                    yield b"".join(waiting)
                    waiting, size = [], 0
    yield b"".join(waiting)
