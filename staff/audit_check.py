"""Whether the audit trail is as it was written: every hash computed anew, here and not in the database."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

PIECE = 2000
# What a hash vouches for, after the hash of the row before and a newline; as in `staff/migrations/0004_audit_chain.py`.
_ROWS = """
SELECT id, previous, hash, deed, actor_name,
       jsonb_build_array(id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), actor_id,
                         actor_name, deed, about, detail, is_alarm)::text
  FROM staff_auditevent WHERE id > %s ORDER BY id LIMIT %s
"""
Row = tuple[int, str, str, str, str, str]


@dataclass(frozen=True)
class Verdict:
    """`broken`: what is wrong with the first bad row, empty when nothing is. `head`: the hash of the last good one."""

    count: int
    last_id: int
    head: str
    broken: str = ""
    has_head: bool = True


def check(expected_head: str = "") -> Verdict:
    """`expected_head`: a hash noted earlier; `has_head` tells whether the trail still holds it.

    Without one, rows cut off at the end, or a chain forged from some row on, can't be told from an honest one.
    """
    count, last_id, head, has_head = 0, 0, "", not expected_head
    with transaction.atomic():
        for row in _rows():
            if problem := _problem(row, last_id, head):
                return Verdict(count, last_id, head, problem, has_head)
            count, last_id, head = count + 1, row[0], row[2]
            has_head = has_head or head == expected_head
    return Verdict(count, last_id, head, "", has_head)


def _rows() -> Iterator[Row]:
    after = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_ROWS, [after, PIECE])
            rows = cursor.fetchall()
            yield from rows
            if len(rows) < PIECE:
                return
            after = rows[-1][0]


def _problem(row: Row, last_id: int, head: str) -> str:
    number, previous, own, deed, who, content = row
    name = f"event {number} ({deed} by {who or 'the portal'})"
    if number != last_id + 1:
        return f"event {last_id + 1} is missing"
    if hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest() != own:
        return f"{name} is not as it was written"
    if previous != head:
        return f"{name} does not follow the one before"
    return ""
