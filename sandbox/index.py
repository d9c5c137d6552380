"""Which SIMs a filter matches, as arrays of ids: counts and deep pages cost nothing once an array is there.

An array holds four bytes a SIM. It is dropped when something it depends on changed: SIMs came, went or moved
("members"), a status changed ("status"), or a package did ("package").
"""

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from . import db
from .catalog import ACCOUNT_BY_NAME, PACKAGES

Filters = dict[str, str]
_KEPT = 24

_lock = threading.Lock()
_versions = {"members": 0, "status": 0, "package": 0}
_kept: OrderedDict[Any, tuple[tuple[int, ...], Any]] = OrderedDict()


def changed(*topics: str) -> None:
    """Called after a commit that changed the topics."""
    with _lock:
        for topic in topics:
            _versions[topic] += 1


def cached(key: Any, topics: tuple[str, ...], compute: Callable[[], Any]) -> Any:
    """`compute()`, remembered under `key` until one of `topics` changes."""
    with _lock:
        versions = tuple(_versions[topic] for topic in topics)
        found = _kept.get(key)
        if found is not None and found[0] == versions:
            _kept.move_to_end(key)
            return found[1]
    value = compute()
    with _lock:
        _kept[key] = (versions, value)
        _kept.move_to_end(key)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return value


def where(filters: Filters) -> tuple[str, list[Any]]:
    """SQL for documented filters (status, po, customerName, accountName, basicServicePackageName)."""
    clauses, values = ["1"], list[Any]()
    for name, column in (("status", "status"), ("po", "po"), ("customerName", "customer")):
        if name in filters:
            clauses.append(f"{column} = ?")
            values.append(filters[name])
    if "accountName" in filters:
        account = ACCOUNT_BY_NAME.get(filters["accountName"])
        clauses.append("account = ?")
        values.append(account.id if account else 0)
    if "basicServicePackageName" in filters:
        packages = [p.id for p in PACKAGES if p.name == filters["basicServicePackageName"]]
        clauses.append(f"package IN ({db.marks(packages)})")
        values.extend(packages)
    return " AND ".join(clauses), values


def matching(filters: Filters) -> Sequence[int]:
    """Ids of the SIMs that match, in list order."""
    topics = ["members"]
    topics += ["status"] if "status" in filters else []
    topics += ["package"] if "basicServicePackageName" in filters else []
    key = ("ids", *sorted(filters.items()))
    found: Sequence[int] = cached(key, tuple(topics), lambda: _scan(filters))
    return found


def _scan(filters: Filters) -> Sequence[int]:
    if not filters:
        count, last = db.number("SELECT count(*) FROM sim"), db.number("SELECT max(id) FROM sim")
        if count == last:
            return range(1, last + 1)  # no gaps: nothing to remember
    condition, values = where(filters)
    cursor = db.connection().cursor()
    cursor.row_factory = None
    # NOT INDEXED would scan the wide table; the account, status and package indexes already carry the id.
    found = array("I", (r[0] for r in cursor.execute(f"SELECT id FROM sim WHERE {condition}", values)))  # noqa: S608
    return array("I", sorted(found))


def by_ids(ids: Sequence[int]) -> list[db.Row]:
    """The rows of these ids, in list order."""
    return db.rows(f"SELECT * FROM sim WHERE id IN ({db.marks(ids)}) ORDER BY id", *ids)  # noqa: S608


def by_giccids(giccids: Sequence[str], filters: Filters) -> list[db.Row]:
    """The rows with one of up to 100 giccids that match the other filters too, in list order."""
    condition, values = where(filters)
    sql = f"SELECT * FROM sim WHERE giccid IN ({db.marks(giccids)}) AND {condition} ORDER BY id"  # noqa: S608
    return db.rows(sql, *giccids, *values)


def status_counts(account: int) -> dict[str, int]:
    """How many SIMs of an account are in each status."""
    table: dict[int, dict[str, int]] = cached("status_counts", ("members", "status"), _count_statuses)
    return table.get(account, {})


def _count_statuses() -> dict[int, dict[str, int]]:
    table: dict[int, dict[str, int]] = {}
    for row in db.rows("SELECT status, account, count(*) AS n FROM sim GROUP BY status, account"):
        table.setdefault(row["account"], {})[row["status"]] = row["n"]
    return table
