"""The judge: every message against the platform's ledger of effects and what the platform says of each, every step a
message took, when its page showed that nobody knows, and every message of a SIM against what was acknowledged.

Plain SQL and plain HTTP, none of the portal's code.
"""

import json
import re
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.support.sms_campaign_shown import Shown

_MESSAGES = """
SELECT m.id, m.giccid, m.state, m.text, m.remote_id, c.id AS command, c.plan_id::text AS plan, c.issue,
       c.state AS order_state, c.evidence, coalesce(c.sent_at, m.sent_at) AS sent_at,
       (SELECT count(*) FROM commands_attempt a WHERE a.command_id = c.id
           AND (a.outcome = 'not_sent' OR a.status = 429)) AS harmless,
       EXISTS (SELECT 1 FROM commands_attempt a WHERE a.command_id = c.id AND a.answered_at IS NULL) AS is_silent
  FROM messaging_message m LEFT JOIN commands_command c ON c.id = m.command_id
 WHERE m.enterprise_id = %s AND m.direction = 'mt'
"""
_LEFT_OUT = """
SELECT count(*) AS n FROM commands_command c WHERE c.enterprise_id = %s AND c.kind = 'sms' AND c.issue > 0
   AND NOT EXISTS (SELECT 1 FROM messaging_message m WHERE m.command_id = c.id)
"""
_STEPS = """
SELECT s.message, s.was, s.became, extract(epoch FROM s.at)::float AS at FROM campaign_step s
  JOIN messaging_message m ON m.id = s.message WHERE m.enterprise_id = %s AND m.direction = 'mt' ORDER BY s.id
"""
_FROM_SIMS = (
    "SELECT remote_id, giccid, text FROM messaging_message WHERE enterprise_id = %s AND direction = 'mo'"
)
_REQUEST = re.compile(r"^(?P<plan>[0-9a-f-]{36})\.(?P<pk>\d+)\.(?P<issue>\d+)$")
RANK = {"queued": 0, "sending": 1, "unknown": 2, "accepted": 3, "no_report": 4, "failed": 5, "delivered": 6}
ENDS = {"refused", "not_sent", "cancelled"}
WITH_EFFECT = {"accepted", "no_report", "failed", "delivered"}
ENDED = {"DELIVERED": "delivered", "FAILED": "failed"}
Row = dict[str, Any]


@dataclass
class Verdict:
    """What was found. `table`: {state: {effects: messages}}. `unclear`: seconds from the commit that let a request go
    to the moment its page showed that nobody knows. `proven`, `left`: outcomes that a report proved, and that people
    must decide; `told`: of these, messages whose effect was reported truly (two alike at one time: nobody can tell
    which).
    """

    violations: list[str] = field(default_factory=list)
    table: dict[str, dict[int, int]] = field(default_factory=dict)
    messages: int = 0
    effects: int = 0
    steps: int = 0
    unclear: list[float] = field(default_factory=list)
    silent: int = 0
    slowest: float = 0.0
    proven: int = 0
    left: int = 0
    left_with_effect: int = 0
    told: int = 0
    from_sims: int = 0

    def complain(self, text: str) -> None:
        self.violations.append(text)


def read(url: str, enterprise_id: int) -> dict[str, list[Row]]:
    """All that is judged, out of the database."""
    found = {}
    with psycopg.connect(url, row_factory=dict_row) as connection:
        for name, sql in (
            ("messages", _MESSAGES), ("left_out", _LEFT_OUT), ("steps", _STEPS), ("from_sims", _FROM_SIMS),
        ):  # fmt: skip
            found[name] = connection.execute(sql, [enterprise_id]).fetchall()
    return found


def ends(base_url: str, key: str, ids: Iterable[str]) -> dict[str, str]:
    """{smsMsgId: what the platform says of it}."""
    found = {}
    for own in ids:
        request = urllib.request.Request(f"{base_url}/mt-sms/{own}", headers={"X-API-Key": key})
        with urllib.request.urlopen(request, timeout=20) as answer:
            found[own] = json.load(answer)["status"]
    return found


def judge(
    found: Mapping[str, Sequence[Row]],
    ledger: Sequence[Row],
    truth: Mapping[str, str],
    shown: Shown,
    told: Mapping[str, bool],
    written: Mapping[str, Row],
) -> Verdict:
    """`told`: {smsMsgId: whether a true report of it was acknowledged}; `written`: what SIMs wrote, acknowledged."""
    sent = [effect for effect in ledger if effect["operation"] == "send_sms"]
    verdict = Verdict(messages=len(found["messages"]), effects=len(sent))
    if left_out := found["left_out"][0]["n"]:
        verdict.complain(f"missing: {left_out} orders were sent and are no message")
    effects = _owners(found["messages"], sent, verdict)
    ids = Counter(row["remote_id"] for row in found["messages"] if row["remote_id"])
    for own, times in ids.items():
        if times > 1:
            verdict.complain(f"twice: {times} messages have the id {own}")
    for row in found["messages"]:
        own = effects[row["id"]]
        of_state = verdict.table.setdefault(row["state"], {})
        of_state[len(own)] = of_state.get(len(own), 0) + 1
        _judge(row, own, truth, told, verdict)
    _forward(found, verdict)
    _in_time(found, shown, verdict)
    _from_sims(found["from_sims"], written, verdict)
    return verdict


def _owners(rows: Sequence[Row], sent: Sequence[Row], verdict: Verdict) -> dict[int, list[Row]]:
    """{message: its effects}."""
    by_order = {(row["plan"], row["command"]): row for row in rows if row["command"]}
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for effect in sent:
        name = _REQUEST.match(effect["requestId"])
        row = by_order.get((name["plan"], int(name["pk"]))) if name else None
        if row is None or (row["giccid"], row["text"]) != (effect["giccid"], effect["detail"]["messageText"]):
            verdict.complain(f"foreign: an effect of no message: {effect}")
        else:
            found[row["id"]].append(effect)
    return found


def _judge(
    row: Row, own: list[Row], truth: Mapping[str, str], told: Mapping[str, bool], verdict: Verdict
) -> None:
    state, words = row["state"], f"message {row['id']} ({row['state']}, order {row['order_state']})"
    ids = {effect["detail"]["smsMsgId"] for effect in own}
    if len(own) > 1:
        verdict.complain(f"double: {words} had {len(own)} effects")
    if state not in ENDS | WITH_EFFECT | {"unknown"}:
        verdict.complain(f"not ended: {words}")
    if state in ENDS | {"queued"} and own:
        verdict.complain(f"wrong: {words} had an effect")
    if state in WITH_EFFECT and not own:
        verdict.complain(f"wrong: {words} had no effect")
    if row["remote_id"] and row["remote_id"] not in ids:
        verdict.complain(f"wrong: {words} has the id of another message")
    if row["remote_id"] and state != ENDED.get(truth.get(row["remote_id"], "")):
        verdict.complain(f"untrue: {words} is {truth.get(row['remote_id'])} in truth")
    for entry in row["evidence"] or []:
        if entry.get("by") == "report":
            verdict.proven += 1
            if entry.get("smsMsgId") not in ids:
                verdict.complain(f"wrong proof: {words} by {entry.get('smsMsgId')}")
    if state == "unknown":
        verdict.left += 1
        verdict.left_with_effect += bool(own)
        verdict.told += any(told.get(remote_id) for remote_id in ids)


def _forward(found: Mapping[str, Sequence[Row]], verdict: Verdict) -> None:
    """No step back, but for a request that certainly did not happen (429, or no byte left): it waits again."""
    harmless = {row["id"]: row["harmless"] for row in found["messages"]}
    again: Counter[int] = Counter()
    state: dict[int, str] = {}
    for step in found["steps"]:
        message, was, became = step["message"], step["was"], step["became"]
        verdict.steps += 1
        if state.get(message) != was:
            verdict.complain(f"backward: message {message} was {state.get(message)}, and left {was}")
        state[message] = became
        if was is None:
            continue
        if (was, became) == ("sending", "queued"):
            again[message] += 1
            if again[message] > harmless.get(message, 0):
                verdict.complain(
                    f"backward: message {message} waits again, and its request may have happened"
                )
        elif became in ENDS and RANK.get(was, 9) <= RANK["unknown"]:
            continue
        elif RANK.get(became, -1) <= RANK.get(was, 9):
            verdict.complain(f"backward: message {message} went from {was} to {became}")


def _in_time(found: Mapping[str, Sequence[Row]], shown: Shown, verdict: Verdict) -> None:
    """From the moment a request was let go: so long nobody could know, and the page did not say so."""
    silent = {row["id"] for row in found["messages"] if row["is_silent"]}
    of_message: defaultdict[int, list[Row]] = defaultdict(list)
    for step in found["steps"]:
        of_message[step["message"]].append(step)
    for message, steps in of_message.items():
        for number, step in enumerate(steps):
            if step["became"] != "sending":
                continue
            after = steps[number + 1] if number + 1 < len(steps) else None
            if after is not None and after["became"] == "queued":
                continue  # known not to have happened; whether in time says the next request
            seconds, state = shown.seconds(message, step["at"])
            verdict.slowest = max(verdict.slowest, seconds)
            if state == "unknown":
                verdict.unclear.append(seconds)
                verdict.silent += message in silent
            if seconds > 5:
                verdict.complain(f"late: message {message} was shown as {state} after {seconds:.1f} s")


def _from_sims(rows: Sequence[Row], written: Mapping[str, Row], verdict: Verdict) -> None:
    """`written`: {id: body} of what was acknowledged; forged ones are not among them."""
    verdict.from_sims = len(rows)
    times = Counter(row["remote_id"] for row in rows)
    for own in written:
        if times[own] != 1:
            verdict.complain(f"from a SIM: {own} is {times[own]} messages")
    for row in rows:
        body = written.get(row["remote_id"])
        if body is None or (row["giccid"], row["text"]) != (body["giccid"], body["messageText"]):
            verdict.complain(f"from a SIM: nobody wrote {row}")
