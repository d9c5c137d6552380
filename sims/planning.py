"""Freezing a plan: one INSERT … SELECT over one snapshot of the fleet, whatever its size.

For each SIM the present value of what the kind changes, the value afterwards, and its group. The same expressions tell
later whether a SIM has changed since (`stale`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from commands.kinds import kind_named
from commands.models import Plan
from commands.pace import pace_of
from commands.states import FAILED, MESSAGE, State
from enterprise.connections import may
from sims import composing, protection
from sims.iccids import Reason
from sims.models import Selection

Values = list[Any]
Case = tuple[str, Values, str, str]
FROM_STATES = {
    "activate": ("TEST_READY", "ACTIVATE_READY", "INVENTORY", "DEACTIVATED"),
    "suspend": ("ACTIVATED",),
    "retire": ("DEACTIVATED",),
}
"""Whence a lifecycle change is possible (retire: doc; otherwise assumed)."""

_APN = """(SELECT a ->> 'apnStatus' FROM jsonb_array_elements(
    CASE jsonb_typeof(s.raw -> 'apnList') WHEN 'array' THEN s.raw -> 'apnList' ELSE '[]'::jsonb END) a
    WHERE a ->> 'apnName' = %s LIMIT 1)"""
_HELD = """coalesce((SELECT string_agg(p ->> 'name', ', ') FROM jsonb_array_elements(
    CASE jsonb_typeof(s.supplementary) WHEN 'array' THEN s.supplementary ELSE '[]'::jsonb END) p), '')"""
# A package the SIM's account does not have; while no package of the account is known, the platform decides.
_NO_PACKAGE = """(EXISTS (SELECT 1 FROM enterprise_servicepackage k WHERE k.account_id = s.account_id
        AND k.type = %s AND k.missing_since IS NULL)
    AND NOT EXISTS (SELECT 1 FROM enterprise_servicepackage k WHERE k.account_id = s.account_id
        AND k.type = %s AND k.name = %s AND k.missing_since IS NULL))"""


@dataclass(frozen=True)
class Rule:
    """`value`: SQL of the present value over `s`. `cases`: (condition, group, why), the first that holds decides."""

    value: str
    values: Values
    cases: list[Case]

    @property
    def case_sql(self) -> tuple[str, Values]:
        """An expression that yields `group:why`."""
        whens = " ".join(f"WHEN {sql} THEN '{group}:{why}'" for sql, _values, group, why in self.cases)
        return f"CASE WHEN FALSE THEN '' {whens} ELSE 'change:' END", [
            v for _s, values, _g, _w in self.cases for v in values
        ]


def rule_of(plan: Plan) -> Rule:
    """How the kind of this plan looks at a SIM."""
    params = plan.params
    if plan.kind in FROM_STATES:
        return _lifecycle(plan)
    if plan.kind == MESSAGE:
        asleep: Case = ("s.status <> 'ACTIVATED'", [], "not_allowed", "not_active")
        lacking: list[Case] = [(f"t.why = '{why}'", [], "not_allowed", why) for why in composing.LACKS]
        return Rule("s.status", [], [asleep, *lacking])
    retired: Case = ("s.status = 'RETIRED'", [], "not_allowed", "status")
    if plan.kind == "basic_plan":
        there = ("s.package_name = %s", [params["package"]], "already", "")
        absent = (_NO_PACKAGE, ["BASIC", "BASIC", params["package"]], "not_allowed", "no_package")
        return Rule("coalesce(s.package_name, '')", [], [retired, there, absent])
    if plan.kind == "supplementary_plan":
        kind = "SUPPLEMENTARY"
        return Rule(
            _HELD, [], [retired, (_NO_PACKAGE, [kind, kind, params["package"]], "not_allowed", "no_package")]
        )
    if plan.kind == "apn_status":
        value, values = f"coalesce({_APN}, '')", [params["apn"]]
        absent = (f"{value} = ''", values, "not_allowed", "no_apn")
        there = (f"{value} = %s", [*values, params["status"]], "already", "")
        return Rule(value, values, [retired, absent, there])
    return Rule("''", [], [])


def _lifecycle(plan: Plan) -> Rule:
    target = kind_named(plan.kind).wanted(plan.params)
    allowed = [*FROM_STATES[plan.kind], *(["ACTIVATED"] if plan.cooling_hours else [])]
    return Rule(
        "s.status",
        [],
        [
            ("s.status = %s", [target], "already", ""),
            ("NOT (s.status = ANY(%s))", [allowed], "not_allowed", "status"),
        ],
    )


# --- which SIMs

# Lines of a plan in these states; where nothing about a SIM would show it, not those a later try has been sent to.
_LEFT_OF = """
SELECT f.giccid FROM commands_command f WHERE f.plan_id = %s AND f.state = ANY(%s) AND NOT (%s AND EXISTS (
    SELECT 1 FROM commands_plan p JOIN commands_command k ON k.plan_id = p.uid AND k.giccid = f.giccid
     WHERE p.parent_id = %s AND k.issue > 0))"""


def _chosen(plan: Plan) -> tuple[str, Values]:
    """SQL that yields the ICCIDs asked for, as a column `giccid`."""
    if uid := plan.source.get("selection"):
        return (
            "SELECT x.giccid FROM sims_selectionitem i JOIN sims_sim x ON x.id = i.sim_id WHERE i.selection_id = %s",
            [uid],
        )
    if uid := plan.source.get("plan"):
        return _LEFT_OF, [uid, [str(state) for state in FAILED], kind_named(plan.kind).may_double, uid]
    if uid := plan.source.get("unsent"):  # what was cancelled never left, or certainly came to nothing
        return _LEFT_OF, [uid, [str(State.CANCELLED), str(State.SKIPPED)], True, uid]
    return "SELECT DISTINCT g FROM unnest(%s::text[]) AS g", [
        [str(g) for g in plan.source.get("giccids", [])]
    ]


def _unknown(plan: Plan) -> list[str]:
    """ICCIDs of the list that were unknown when the selection was made: they get a line of their own."""
    uid = plan.source.get("selection")
    problems = Selection.objects.filter(pk=uid).values_list("problems", flat=True).first() if uid else None
    texts = [str(p.get("text", "")) for p in problems or [] if p.get("reason") == Reason.UNKNOWN.value]
    return sorted({text for text in texts if text.isdigit() and len(text) <= 32})


def _visible(plan: Plan) -> tuple[str, Values]:
    """Whoever made the plan changes only what they see."""
    person = plan.created_by
    if person is None or person.sees_all_accounts:
        return "TRUE", []
    granted = list(person.account_grants.values_list("account_id", flat=True))
    return "s.account_id = ANY(%s)", [granted]


# --- writing it down

_INSERT = """
INSERT INTO commands_command
    (plan_id, enterprise_id, kind, giccid, account_id, mcc, "group", why, error, state, before, after, expects, run_at,
     fence)
SELECT %s, %s, %s, d.giccid, d.account_id, d.mcc, split_part(d.fate, ':', 1), split_part(d.fate, ':', 2),
       CASE WHEN d.fate = 'not_allowed:' || d.lacks THEN d.note ELSE '' END,
       CASE WHEN d.fate = 'change:' THEN 'planned' ELSE 'skipped' END,
       left(d.value, 400),
       CASE WHEN d.fate = 'change:' THEN coalesce(d.text, %s) ELSE '' END,
       {expects}, now(), 0
  FROM (
    SELECT c.giccid, s.account_id, {mcc} AS mcc, coalesce({value}, '') AS value, {words},
           CASE WHEN s.id IS NULL OR s.removed_at IS NOT NULL THEN 'unknown:'
                WHEN {protected} THEN 'protected:'
                ELSE {fate} END AS fate
      FROM ({chosen}) AS c (giccid)
      LEFT JOIN sims_sim s ON s.enterprise_id = %s AND s.giccid = c.giccid AND {visible} {texts}
  ) d
 ORDER BY d.giccid
"""
_TEXTS = {
    True: {
        "words": "t.text, t.why AS lacks, t.note",
        "texts": f"LEFT JOIN {composing.TABLE} t ON t.giccid = c.giccid",
    },
    False: {"words": "NULL::text AS text, NULL::text AS lacks, NULL::text AS note", "texts": ""},
}
# A SIM that is to be suspended first must have been, when its turn comes.
_COOLED = "CASE WHEN d.value = 'ACTIVATED' THEN 'DEACTIVATED' ELSE d.value END"


def freeze(plan: Plan) -> None:
    """Writes the plan's rows and sets its totals on `plan`. Inside a transaction."""
    rule, (fate, fate_values) = rule_of(plan), rule_of(plan).case_sql
    protected, protected_values = protection.condition(plan.enterprise_id)
    chosen, chosen_values = _chosen(plan)
    visible, visible_values = _visible(plan)
    expects = _COOLED if plan.kind == "retire" and plan.cooling_hours else "left(d.value, 400)"
    mcc = "coalesce(left(s.imsi, 3), '')" if pace_of(plan.pace).is_by_country else "''"
    parts = {"value": rule.value, "protected": protected, "fate": fate, "chosen": chosen, "visible": visible}
    if composing.has_texts(plan):
        composing.compose(plan, chosen, chosen_values)
    sql = _INSERT.format(expects=expects, mcc=mcc, **parts, **_TEXTS[composing.has_texts(plan)])
    head: Values = [plan.pk, plan.enterprise_id, plan.kind, kind_named(plan.kind).wanted(plan.params)]
    values = [
        *rule.values,
        *protected_values,
        *fate_values,
        *chosen_values,
        plan.enterprise_id,
        *visible_values,
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, head + values)
        if unknown := _unknown(plan):
            cursor.execute(_INSERT_UNKNOWN, [plan.pk, plan.enterprise_id, plan.kind, unknown])
    _sum_up(plan)


_INSERT_UNKNOWN = """
INSERT INTO commands_command
    (plan_id, enterprise_id, kind, giccid, "group", why, state, run_at, fence)
SELECT %s, %s, %s, g, 'unknown', 'not_here', 'skipped', now(), 0 FROM unnest(%s::text[]) g
ON CONFLICT (plan_id, giccid) DO NOTHING
"""
_SUMS = """
SELECT "group", count(*) FROM commands_command WHERE plan_id = %s GROUP BY "group"
"""
_WHYS = """
SELECT why, CASE why WHEN 'no_variable' THEN error ELSE '' END, count(*) FROM commands_command
 WHERE plan_id = %s AND state = 'skipped' AND why <> '' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 20
"""
_HOMES = """
SELECT mcc, count(*) FROM commands_command WHERE plan_id = %s AND state = 'planned' GROUP BY mcc
"""
_DIGEST = """
SELECT encode(sha256(convert_to(
           %s || coalesce(string_agg(concat_ws('|', giccid, "group", before, after), E'\n' ORDER BY giccid), ''),
           'UTF8')), 'hex'),
       array_agg(DISTINCT coalesce(account_id, 0))
  FROM commands_command WHERE plan_id = %s
"""


def _sum_up(plan: Plan) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [plan.pk])
        plan.groups = dict(cursor.fetchall())
        if kind_named(plan.kind).compose:
            cursor.execute(_WHYS, [plan.pk])
            plan.whys = [list(row) for row in cursor.fetchall()]
        if plan.pace:
            cursor.execute(_HOMES, [plan.pk])
            plan.homes = dict(cursor.fetchall())
        paced = f" {sorted(plan.pace.items())}" if plan.pace else ""
        head = f"{plan.enterprise_id} {plan.kind} {sorted(plan.params.items())} {plan.cooling_hours}{paced}\n"
        cursor.execute(_DIGEST, [head, plan.pk])
        digest, accounts = cursor.fetchone()
    plan.digest, plan.account_ids = digest, accounts or []
    plan.total = sum(plan.groups.values())
    kind = kind_named(plan.kind)
    is_batched = bool(kind.batch_operation) and may(plan.enterprise, kind.batch_operation)
    plan.calls = kind.calls(plan.changing, is_batched=is_batched)


# --- whether it is still true

_STALE = """
SELECT c.id FROM commands_command c
  LEFT JOIN sims_sim s ON s.enterprise_id = c.enterprise_id AND s.giccid = c.giccid
 WHERE c.plan_id = %s AND c.state = 'planned' AND {some}
   AND (s.id IS NULL OR s.removed_at IS NOT NULL OR {protected}
        OR left(coalesce({value}, ''), 400) IS DISTINCT FROM c.{column})
"""


def stale(plan: Plan, command_ids: Sequence[int] | None = None) -> set[int]:
    """See `commands.fleet.Fleet.stale`. Supplementary packages only a detail tells, so their names are no drift."""
    rule = rule_of(plan)
    is_told = plan.kind != "supplementary_plan"
    value, values = (rule.value, rule.values) if is_told else ("c.before", [])
    protected, protected_values = protection.condition(plan.enterprise_id)
    some, some_values = ("TRUE", []) if command_ids is None else ("c.id = ANY(%s)", [list(command_ids)])
    column = "before" if command_ids is None or not is_told else "expects"
    sql = _STALE.format(some=some, protected=protected, value=value, column=column)
    with connection.cursor() as cursor:
        cursor.execute(sql, [plan.pk, *some_values, *protected_values, *values])
        return {pk for (pk,) in cursor.fetchall()}
