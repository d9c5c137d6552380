"""The judge: every command row against the platform's ledger of effects. Plain SQL and plain HTTP, none of our code.

An effect belongs to the command its request id names: `plan.command.issue` alone, `plan.anything` with the SIM in a
batch.
"""

import itertools
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

_COMMANDS = """
SELECT c.id, c.plan_id::text AS plan, c.giccid, c.kind, c.after, c.state, c.issue, c.queued_at, c.sent_at,
       c.settled_at, c.changed_at, c.job_id, jsonb_array_length(c.evidence) AS evidence, c.error,
       (SELECT min(a.sent_at) FROM commands_attempt a WHERE a.command_id = c.id) AS first_sent,
       (SELECT count(*) FROM commands_attempt a WHERE a.command_id = c.id OR a.job_id = c.job_id) AS attempts
  FROM commands_command c WHERE c.enterprise_id = %s
"""
_REQUESTS = """
SELECT a.request_id FROM commands_attempt a
  LEFT JOIN commands_command c ON c.id = a.command_id LEFT JOIN commands_batchjob j ON j.id = a.job_id
 WHERE coalesce(c.enterprise_id, j.enterprise_id) = %s
"""
_TALLIES = """
SELECT p.uid::text AS plan, p.state, p.tally, (
         SELECT jsonb_object_agg(state, n) FROM (
            SELECT state, count(*) AS n FROM commands_command c WHERE c.plan_id = p.uid GROUP BY state) counted) AS real
  FROM commands_plan p WHERE p.enterprise_id = %s AND p.state IN ('completed', 'cancelled') AND p.started_at IS NOT NULL
"""
_ALONE = re.compile(r"^(?P<plan>[0-9a-f-]{36})\.(?P<pk>\d+)\.\d+$")
_BATCH = re.compile(r"^(?P<plan>[0-9a-f-]{36})\.[0-9a-f]{12}$")
ENDED = {"applied", "rejected", "not_applied", "cancelled", "skipped"}
NO_EFFECT = ENDED - {"applied"}
WITH_EVIDENCE = {"applied", "not_applied", "needs_human"}
FAMILY = {
    "activate": "status", "suspend": "status", "retire": "status", "basic_plan": "package",
    "apn_status": "apn", "custom_fields": "custom", "supplementary_plan": "supplementary",
}  # fmt: skip
# The operation that each kind's effect must have been.
OPERATIONS = {"custom_fields": {"custom_fields_edit"}} | {
    kind: {kind, f"batch_{kind}"} for kind in FAMILY if kind != "custom_fields"
}


@dataclass
class Verdict:
    """What was found. `table`: {state: {effects: rows}}."""

    violations: list[str] = field(default_factory=list)
    table: dict[str, dict[int, int]] = field(default_factory=dict)
    commands: int = 0
    effects: int = 0
    foreign: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.violations

    def lines(self) -> list[str]:
        """As people read it."""
        found = [f"{self.commands} rows, {self.effects} effects in the ledger"]
        for state, effects in sorted(self.table.items()):
            counts = ", ".join(f"{count} with {n} effects" for n, count in sorted(effects.items()))
            found.append(f"  {state:12} {counts}")
        if self.foreign:
            found.append(f"  {self.foreign} applied by another command's earlier effect")
        return found


def check(url: str, enterprise_id: int, ledger: list[dict[str, Any]]) -> Verdict:
    """Compares them one by one."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        rows = connection.execute(_COMMANDS, [enterprise_id]).fetchall()
        requests = {row["request_id"] for row in connection.execute(_REQUESTS, [enterprise_id])}
        tallies = connection.execute(_TALLIES, [enterprise_id]).fetchall()
    verdict = Verdict(commands=len(rows), effects=len(ledger))
    effects = _owners(rows, ledger, requests, verdict)
    of_sim: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for effect in ledger:
        family = next(
            (FAMILY[kind] for kind, names in OPERATIONS.items() if effect["operation"] in names), ""
        )
        of_sim[effect["giccid"], family].append(effect)
    for row in rows:
        own = effects.get(row["id"], [])
        of_state = verdict.table.setdefault(row["state"], {})
        of_state[len(own)] = of_state.get(len(own), 0) + 1
        _judge(row, own, of_sim[row["giccid"], FAMILY[row["kind"]]], verdict)
    _overlaps(rows, verdict)
    for plan in tallies:
        if plan["tally"] != plan["real"]:
            verdict.violations.append(
                f"tally of a {plan['state']} plan: {plan['tally']}, in truth {plan['real']}"
            )
    return verdict


def _owners(
    rows: list[dict[str, Any]], ledger: list[dict[str, Any]], requests: set[str], verdict: Verdict
) -> dict[int, list[dict[str, Any]]]:
    """{command: its effects}; an effect nobody wrote down before is a violation."""
    by_pk = {row["id"]: row for row in rows}
    by_sim = {(row["plan"], row["giccid"]): row for row in rows}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for effect in ledger:
        name = effect["requestId"]
        alone, batch = _ALONE.match(name), _BATCH.match(name)
        row = (
            by_pk.get(int(alone["pk"]))
            if alone
            else by_sim.get((batch["plan"], effect["giccid"]))
            if batch
            else None
        )
        if (
            row is None
            or row["giccid"] != effect["giccid"]
            or effect["operation"] not in OPERATIONS[row["kind"]]
        ):
            verdict.violations.append(f"an effect of no command: {effect}")
            continue
        if name not in requests:
            verdict.violations.append(f"an effect of a request that was not written down: {effect}")
        found[row["id"]].append(effect)
    return found


def _judge(
    row: dict[str, Any], own: list[dict[str, Any]], of_sim: list[dict[str, Any]], verdict: Verdict
) -> None:
    state, told = row["state"], f"{row['kind']} {row['id']} ({row['state']}, issue {row['issue']})"
    if len(own) > 1:
        verdict.violations.append(f"double: {told} had {len(own)} effects")
    if state not in ENDED | {"needs_human"}:
        verdict.violations.append(f"not ended: {told}: {row['error']}")
    if state == "applied" and not own:
        if _is_so(row, of_sim):
            verdict.foreign += 1
        else:
            verdict.violations.append(f"wrong: {told} had no effect")
    if state in NO_EFFECT and own:
        verdict.violations.append(
            f"wrong: {told} had an effect at {_time(own[0])}, settled {row['settled_at']}"
        )
    if state in WITH_EVIDENCE and not row["evidence"]:
        verdict.violations.append(f"no evidence: {told}")
    if state == "rejected" and not (row["evidence"] or row["error"]):
        verdict.violations.append(f"no reason: {told}")


def _is_so(row: dict[str, Any], of_sim: list[dict[str, Any]]) -> bool:
    """Whether the SIM was as wanted all the same, by the last effect of another command before the verdict."""
    if row["kind"] in ("supplementary_plan", "custom_fields"):
        return False
    before = [effect for effect in of_sim if _time(effect) <= row["settled_at"]]
    if not before:
        return False
    detail = before[-1]["detail"]
    value = {
        "status": detail.get("status"),
        "package": detail.get("package"),
        "apn": {True: "OPEN", False: "CLOSED"}.get(detail.get("open")),
    }[FAMILY[row["kind"]]]
    return bool(value == row["after"])


def _time(effect: dict[str, Any]) -> datetime:
    value = effect["time"]
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(str(value).replace("+0000", "+00:00"))


def _overlaps(rows: list[dict[str, Any]], verdict: Verdict) -> None:
    """Per SIM: a command is first sent after the one before it was settled."""
    of_sim: dict[str, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for row in rows:
        sent = [moment for moment in (row["first_sent"], row["sent_at"]) if moment]
        if sent:
            end = row["settled_at"] or datetime.now(UTC) + timedelta(days=1)
            of_sim[row["giccid"]].append((min(sent), end, row["id"]))
    for giccid, spans in of_sim.items():
        spans.sort()
        for (_, end, first), (start, _, second) in itertools.pairwise(spans):
            if start < end:
                verdict.violations.append(f"overlap on {giccid}: {second} was sent while {first} was open")
