"""What changed in the last 30 days."""

from typing import Any

from sandbox import db, paging
from sandbox.answers import Json, invalid
from sandbox.call import Call
from sandbox.catalog import ACCOUNT_BY_NAME
from sandbox.times import DAY_S, from_text, to_text

TYPES = ("LOCAL_STATUS", "SERVICE_PACKAGE", "IMEI_CHANGE")
KEPT_S = 30 * DAY_S


def change_logs(call: Call) -> paging.Answer:
    """GET /global-sims/changeLogs (doc), newest first. Beyond 30 days nothing is shown (assumed)."""
    page = paging.read(call)
    condition, values = _where(call)
    total = db.number(f"SELECT count(*) FROM change_log WHERE {condition}", *values)  # noqa: S608
    order = "ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?"
    sql = f"SELECT * FROM change_log WHERE {condition} {order}"  # noqa: S608
    found = db.rows(sql, *values, page.size, min(page.start, total))
    return paging.answer(call, page, total, [_item(row) for row in found])


def _item(row: db.Row) -> Json:
    return {
        "giccid": row["giccid"],
        "type": row["type"],
        "original": row["original"],
        "target": row["target"],
        "createdTime": to_text(row["created_at"]),
        "status": row["status"],
    }


def _where(call: Call) -> tuple[str, list[Any]]:
    start, end = read_period(call)
    clauses, values = ["created_at >= ?"], list[Any]([max(start or 0, int(call.now) - KEPT_S)])
    if end is not None:
        clauses.append("created_at <= ?")
        values.append(end)
    kind, account, giccid = call.query("type"), call.query("accountName"), call.query("giccid")
    if kind and kind not in TYPES:
        raise invalid("changeLog", "type")
    for column, value in (("type", kind), ("giccid", giccid), ("account", _account_id(account))):
        if value is not None:
            clauses.append(f"{column} = ?")
            values.append(value)
    return " AND ".join(clauses), values


def _account_id(name: str | None) -> int | None:
    if name is None:
        return None
    return ACCOUNT_BY_NAME[name].id if name in ACCOUNT_BY_NAME else 0


def read_period(call: Call) -> tuple[int | None, int | None]:
    """startTime and endTime as epoch seconds, None where absent; both ends belong to the period (assumed)."""
    found: list[int | None] = []
    for name in ("startTime", "endTime"):
        raw = call.query(name)
        try:
            found.append(from_text(raw) if raw else None)
        except (ValueError, OverflowError) as problem:
            raise invalid("period", name) from problem
    start, end = found
    if start is not None and end is not None and end < start:
        raise invalid("period", "endTime")
    return start, end
