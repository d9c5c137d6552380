"""The one door into the mirror: sweep, delta, read-back and command confirmation all write through `apply`.

Unchanged payloads are dropped by their hash before anything is sent to the database; the others go by COPY into a
temporary table and from there by one MERGE. The ordering guard stands in the MERGE: an answer whose request was sent
before the one that wrote the row never overwrites it.

A sweep leaves unchanged rows untouched, also their `observed_at`. So an answer that took longer than a later sweep's
page and differs from both its predecessor and that page still wins, until the row is read again. Direct reads (few
rows) note the time on unchanged rows too and have no such gap.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from mirror.rejects import Refused, keep_rejected
from mirror.spec import Payload, Rejected, Spec, canonical, hasher

_META = ("raw", "row_hash", "observed_at", "observed_by")


@dataclass(frozen=True)
class Applied:
    """Counts of one call. `stale` payloads were older than the row they met.

    `keys` were read from the payloads, refused ones included; `stand_ins` represent payloads without a readable key.
    Together they tell how many different objects the platform listed.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    rejected: int = 0
    keys: frozenset[str] = frozenset()
    stand_ins: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Origin:
    """Where payloads come from. `observed_at`: when our request was sent. `scope`: columns equal for all rows.

    `is_direct`: a read of a few chosen rows, which notes its time on unchanged rows too. `is_detail`: a direct read
    that tells everything, so that an absent `Spec.side_key` means "none" (a list item just does not tell).
    """

    enterprise_id: int
    source: str
    observed_at: datetime
    scope: Mapping[str, Any] = field(default_factory=dict)
    run_id: int | None = None
    is_direct: bool = False
    is_detail: bool = False

    @property
    def context(self) -> bytes:
        return repr(sorted(self.scope.items())).encode()


@dataclass(slots=True)
class _Incoming:
    """Not frozen: that would double what 100,000 of them cost."""

    key: str
    original: Any
    payload: Payload
    side: str | None
    encoded: bytes
    row_hash: str


def apply(spec: Spec, payloads: Iterable[Any], origin: Origin) -> Applied:
    """Writes `payloads` into `spec.model`; joins the caller's transaction. Refused ones are kept as rows."""
    incoming, refused = _read(spec, payloads, origin)
    with transaction.atomic():
        one_writer(spec, origin.enterprise_id)
        known = _known_hashes(spec, origin.enterprise_id, list(incoming))
        different = [item for item in incoming.values() if known.get(item.key) != item.row_hash]
        rows, misfits = _rows(spec, different, origin)
        written = _copy_and_merge(spec, rows, origin) if rows else 0
        _note_unchanged(spec, incoming.keys() - {item.key for item in different}, origin)
        _write_side_column(spec, incoming, {item.key for item in misfits}, origin)
        every = [*refused, *misfits]
        keep_rejected(spec.table, every, origin.enterprise_id, origin.source, origin.run_id)
    created = sum(1 for row in rows if row[1] not in known)
    return Applied(
        created=created,
        changed=written - created,
        unchanged=len(incoming) - len(different),
        stale=len(rows) - written,
        rejected=len(every),
        keys=frozenset(incoming),
        stand_ins=frozenset(item.met_as for item in refused),
    )


def one_writer(spec: Spec, enterprise_id: int) -> None:
    """Waits for this table and enterprise, until the caller's transaction ends; whoever writes many rows calls it.

    Two MERGEs of the same new row would collide, and of several rows deadlock. They are short, so they queue.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [spec.table, enterprise_id])


def _read(spec: Spec, payloads: Iterable[Any], origin: Origin) -> tuple[dict[str, _Incoming], list[Refused]]:
    """Keys and hashes. A key that occurs twice counts once; the later payload wins."""
    incoming: dict[str, _Incoming] = {}
    refused: list[Refused] = []
    digest = hasher(origin.context)
    for payload in payloads:
        try:
            item = _read_one(spec, payload, origin, digest)
        except Rejected as error:
            refused.append(Refused(payload, str(error)))
        else:
            incoming[item.key] = item
    return incoming, refused


def _read_one(spec: Spec, original: Any, origin: Origin, digest: Callable[[bytes], str]) -> _Incoming:
    if not isinstance(original, dict):
        raise Rejected(f"must be an object, not {type(original).__name__}")
    payload, side = original, None
    if spec.side_key:
        if spec.side_key in original:
            payload = dict(original)
            side = payload.pop(spec.side_key)
        side = [] if side is None and origin.is_detail else side
    # First of all: nothing may touch a payload that can't be stored, not even to read its key.
    encoded = canonical(payload)
    encoded_side = None if side is None else canonical(side).decode()
    key = spec.key_of(payload, origin.scope)
    return _Incoming(key, original, payload, encoded_side, encoded, digest(encoded))


def _known_hashes(spec: Spec, enterprise_id: int, keys: list[str]) -> dict[str, str | None]:
    """Hashes of present rows, in hex. A row marked missing has none here, so that meeting it again rewrites it."""
    sql = (
        f"SELECT {spec.key_column}, CASE WHEN missing_since IS NULL THEN encode(uuid_send(row_hash), 'hex') END"  # noqa: S608
        f" FROM {spec.table} WHERE enterprise_id = %s AND {spec.key_column} = ANY(%s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [enterprise_id, keys])
        return dict(cursor.fetchall())


def _rows(spec: Spec, items: list[_Incoming], origin: Origin) -> tuple[list[tuple[Any, ...]], list[Refused]]:
    rows: list[tuple[Any, ...]] = []
    refused: list[Refused] = []
    scope = tuple(origin.scope.values())
    for item in items:
        try:
            values = spec.extract(item.payload)
        except Rejected as error:
            refused.append(Refused(item.original, str(error), item.key))
            continue
        meta = (item.encoded.decode(), item.row_hash, origin.observed_at, origin.source)
        rows.append((origin.enterprise_id, item.key, *scope, *values, *meta))
    return rows, refused


def _columns(spec: Spec, origin: Origin) -> list[str]:
    return ["enterprise_id", spec.key_column, *origin.scope, *spec.columns, *_META]


def _copy_and_merge(spec: Spec, rows: list[tuple[Any, ...]], origin: Origin) -> int:
    """Returns the number of rows inserted or updated. All identifiers come from a `Spec`, none from data."""
    columns = _columns(spec, origin)
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming")
        cursor.execute(
            f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {names} FROM {spec.table} WITH NO DATA"  # noqa: S608
        )
        with cursor.copy(f"COPY pg_temp.incoming ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_merge_sql(spec, columns), [timezone.now()])
        return int(cursor.rowcount)


def _merge_sql(spec: Spec, columns: list[str]) -> str:
    written = [*columns, *spec.derived]
    updates = [f"{name} = s.{name}" for name in written if name not in ("enterprise_id", spec.key_column)]
    updates += [f"{name} = {value}" for name, value in spec.on_sight.items()]
    values = ", ".join(f"s.{name}" for name in written)
    derived = "".join(f", {value} AS {name}" for name, value in spec.derived.items())
    return (
        f"MERGE INTO {spec.table} t USING (SELECT s.*{derived} FROM pg_temp.incoming s) s"  # noqa: S608
        f" ON t.enterprise_id = s.enterprise_id AND t.{spec.key_column} = s.{spec.key_column}"
        f" WHEN MATCHED AND t.observed_at <= s.observed_at THEN UPDATE SET {', '.join(updates)}"
        f" WHEN NOT MATCHED THEN INSERT ({', '.join(written)}, first_seen_at) VALUES ({values}, %s)"
    )


def _note_unchanged(spec: Spec, keys: set[str], origin: Origin) -> None:
    """One row may say how fresh it is; for a sweep's many the account says it."""
    if not keys or not (origin.is_direct or origin.is_detail):
        return
    sql = (
        f"UPDATE {spec.table} SET observed_at = %s, observed_by = %s"  # noqa: S608
        f" WHERE enterprise_id = %s AND {spec.key_column} = ANY(%s) AND observed_at < %s"
    )
    values: list[Any] = [
        origin.observed_at,
        origin.source,
        origin.enterprise_id,
        sorted(keys),
        origin.observed_at,
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _write_side_column(
    spec: Spec, incoming: Mapping[str, _Incoming], misfits: Container[str], origin: Origin
) -> None:
    """What only some sources send (supplementary packages come with a detail, not with a list)."""
    items = [item for item in incoming.values() if item.side is not None and item.key not in misfits]
    if not items:
        return
    column = spec.side_column
    sql = (
        f"UPDATE {spec.table} SET {column} = %s::jsonb"  # noqa: S608
        f" WHERE enterprise_id = %s AND {spec.key_column} = %s"
        f" AND observed_at <= %s AND {column} IS DISTINCT FROM %s::jsonb"
    )
    rows = [(i.side, origin.enterprise_id, i.key, origin.observed_at, i.side) for i in items]
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
