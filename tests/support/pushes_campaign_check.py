"""The judge: what the sender was told against what the tables hold, and the mirror against the platform.

Plain SQL and plain JSON, none of the portal's code: a push is known again by its body without `signature` and
`datePush`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.support.compare import Differences, differences
from tests.support.push_letters import LIE_APN, LIE_IMEI, LIE_STATUS, Letter, Sort

_PUSHES = """
SELECT p.id, p.kind, p.body, p.times, p.state, p.attempts, p.error, e.verdict, e.giccid,
       extract(epoch FROM e.created_at - p.received_at)::float AS waited,
       extract(epoch FROM e.settled_at - p.received_at)::float AS settled
  FROM notifications_push p LEFT JOIN notifications_event e ON e.push_id = p.id WHERE p.enterprise_id = %s
"""
_ORPHANS = """
SELECT (SELECT count(*) FROM notifications_event e WHERE e.enterprise_id = %(enterprise)s)
     - (SELECT count(*) FROM notifications_event e JOIN notifications_push p ON p.id = e.push_id
         WHERE p.enterprise_id = %(enterprise)s)
"""
_HINTS = "SELECT count(*) FROM sims_hint WHERE enterprise_id = %s"
# Every state a SIM was ever seen in, and the present one.
_BELIEVED = """
SELECT (SELECT count(*) FROM sims_simversion v WHERE to_jsonb(v)::text LIKE ANY(%(lies)s))
     + (SELECT count(*) FROM sims_sim s WHERE to_jsonb(s)::text LIKE ANY(%(lies)s))
"""
Key = tuple[str, str]
SHOWN = 400


@dataclass
class Verdict:
    """What was found. `verdicts`: {sort: {verdict: events}}; `waited`, `settled`: seconds from receipt."""

    violations: list[str] = field(default_factory=list)
    letters: int = 0
    acknowledged: int = 0
    acks: int = 0
    rows: int = 0
    events: int = 0
    repeats: int = 0
    sims: int = 0
    verdicts: dict[str, dict[str, int]] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    settled: list[float] = field(default_factory=list)

    def complain(self, text: str) -> None:
        if len(self.violations) < SHOWN:
            self.violations.append(text)


def key_of(kind: str, body: dict[str, Any]) -> Key:
    """The same for every delivery of one push."""
    rest = {name: value for name, value in body.items() if name not in ("signature", "datePush")}
    return kind, json.dumps(rest, sort_keys=True)


def check(
    url: str, enterprise_id: int, letters: Sequence[Letter], platform: Iterable[dict[str, Any]]
) -> Verdict:
    """Every letter against its row and event; `platform`: the sandbox's SIMs as they are now."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        rows = connection.execute(_PUSHES, [enterprise_id]).fetchall()
        orphans = _number(connection, _ORPHANS, {"enterprise": enterprise_id})
        hints = _number(connection, _HINTS, [enterprise_id])
        lies = [f"%{lie}%" for lie in (LIE_STATUS, LIE_IMEI, LIE_APN)]
        believed = _number(connection, _BELIEVED, {"lies": lies})
    verdict = Verdict(letters=len(letters), rows=len(rows))
    compare(letters, rows, verdict)
    if orphans:
        verdict.complain(f"{orphans} events of no push")
    if hints:
        verdict.complain(f"backlog: {hints} SIMs still wait to be read")
    if believed:
        verdict.complain(f"believed: {believed} states of SIMs show what only a lie told")
    _mirror(differences(enterprise_id, platform), verdict)
    return verdict


def _number(connection: psycopg.Connection[Any], sql: str, values: Any) -> int:
    row = connection.execute(sql, values).fetchone()  # type: ignore[arg-type]
    return int(next(iter(row.values())))


def compare(letters: Sequence[Letter], rows: list[dict[str, Any]], verdict: Verdict) -> None:
    """Every letter with the rows of its body."""
    found: defaultdict[Key, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[key_of(row["kind"], json.loads(bytes(row["body"])))].append(row)
    for letter in letters:
        same = found.pop(key_of(letter.kind, letter.body), [])
        verdict.acknowledged += letter.acks > 0
        verdict.acks += letter.acks
        _judge(letter, same, verdict)
    for kind, body in found:
        verdict.complain(f"invented: {kind} {body} was never sent")


def _judge(letter: Letter, rows: list[dict[str, Any]], verdict: Verdict) -> None:
    told = (
        f"{letter.kind} {letter.body['serial']} ({letter.sort}, {letter.acks} of {letter.tries} acknowledged)"
    )
    if letter.sort is Sort.FORGED:
        if rows or letter.acks:
            verdict.complain(f"forged: {told} was taken")
        return None
    if letter.acks and not rows:
        return verdict.complain(f"lost: {told} is not in the table")
    if len(rows) > 1:
        verdict.complain(f"doubled: {told} is in the table {len(rows)} times")
    if sum(row["times"] for row in rows) < letter.acks:
        verdict.complain(f"lost: {told} was counted {sum(row['times'] for row in rows)} times")
    for row in rows:
        verdict.repeats += row["times"] - 1
        _judge_event(letter, row, told, verdict)
    return None


def _judge_event(letter: Letter, row: dict[str, Any], told: str, verdict: Verdict) -> None:
    if row["state"] != "done" or row["verdict"] is None:
        return verdict.complain(
            f"no effect: {told} is {row['state']} after {row['attempts']} attempts: {row['error']}"
        )
    verdict.events += 1
    of_sort = verdict.verdicts.setdefault(str(letter.sort), {})
    of_sort[row["verdict"]] = of_sort.get(row["verdict"], 0) + 1
    verdict.waited.append(row["waited"])
    if row["settled"] is not None:
        verdict.settled.append(row["settled"])
    if row["giccid"] != letter.giccid:
        verdict.complain(f"wrong: {told} is told of {row['giccid']}")
    if row["verdict"] == "pending":
        verdict.complain(f"forgotten: {told} was never settled")
    if letter.sort is Sort.LIE and row["verdict"] == "confirmed":
        verdict.complain(f"believed: {told} is called confirmed")
    if letter.sort is Sort.TRUTH and row["verdict"] != "confirmed":
        verdict.complain(f"wrong: {told} is called {row['verdict']}")
    return None


def _mirror(found: Differences, verdict: Verdict) -> None:
    verdict.sims = found.compared
    if found or not found.compared:
        verdict.complain(f"mirror: {found}")
