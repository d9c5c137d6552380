"""What the page of a plan is given. It counts no rows: groups are frozen with the plan, states told by the worker."""

from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commands import page_parts, plan_pace, plan_people, plan_price, plan_progress, plans
from commands.approvals import why_needed
from commands.kinds import Kind, kind_named
from commands.models import Command, Group, Plan, State
from commands.page_tabs import address
from commands.plan_forms import ExecuteForm
from commands.plan_lines import Lines, lines_of, tally_of
from commands.states import MESSAGE
from commands.why import why_text
from common.statuses import state_look
from staff.models import User

_MOVING = {Plan.State.FREEZING: 2, Plan.State.RUNNING: 2, Plan.State.AWAITING: 10, Plan.State.SCHEDULED: 10}
"""Seconds until an open page asks again."""
_STATUS_KINDS = {"activate", "suspend", "retire"}
_LOOKS = {
    Group.CHANGE: ("green", "arrow-right-left"),
    Group.ALREADY: ("grey", "check"),
    Group.NOT_ALLOWED: ("amber", "ban"),
    Group.PROTECTED: ("blue", "shield"),
    Group.UNKNOWN: ("violet", "circle-question-mark"),
}
WHY_ASKED = {
    "retire": gettext_lazy("Retiring can't be undone."),
    "size": gettext_lazy("It changes more SIMs than one person may change alone."),
}
_GROUPS_OF_MESSAGES = {
    Group.CHANGE: gettext_lazy("Will be sent"),
    Group.NOT_ALLOWED: gettext_lazy("No message"),
}
_SPENT = (Plan.State.CANCELLED, Plan.State.DECLINED, Plan.State.EXPIRED, Plan.State.DRIFTED)


def title_of(plan: Plan) -> str:
    """Verb and number, as on the button."""
    kind = kind_named(plan.kind)
    return kind.verb(plan.changing) if plan.frozen_at else str(kind.label)


def params_of(plan: Plan) -> list[dict[str, Any]]:
    """The chosen parameters as facts."""
    kind = kind_named(plan.kind)
    return [
        {"label": field.label, "value": _param(field.choices, plan.params[field.name])}
        for field in kind.fields
        if plan.params.get(field.name) is not None and not kind.compose
    ]


def _param(choices: str, value: Any) -> str:
    if choices == "apn_status":
        return str(state_look(str(value)).label)
    return str(value) or _("(emptied)")


def page(user: User, plan: Plan, query: QueryDict, form: ExecuteForm | None = None) -> dict[str, Any]:
    """Everything of the page of a plan. `form`: one that was sent and is not right."""
    kind = kind_named(plan.kind)
    return {
        **status(user, plan),
        **_lines(user, plan, query),
        "quote": plan.params.get("text", "") if kind.compose else "",
        "pace_facts": plan_pace.facts(plan),
        "kind": kind,
        "params": params_of(plan),
        "price": plan_price.price_of(plan),
        "people": plan_people.people(user, plan),
        "may": permitted(user, plan),
        "parent": plan.parent,
        "children": [
            {"plan": child, "title": title_of(child)}
            for child in plan.children.order_by("created_at").defer("source")[:10]
        ],
        "needs_person_url": address("commands:needs-person"),
        **_draft(user, plan, kind, form),
    }


def status(user: User, plan: Plan) -> dict[str, Any]:
    """The part that an open page asks for again and again."""
    parts = page_parts.parts_of(user, plan)
    seconds = [_MOVING.get(Plan.State(plan.state)), *(part.seconds for part in parts)]
    return {
        "plan": plan,
        "title": title_of(plan),
        "poll_seconds": min(filter(None, seconds), default=None),
        "parts": parts,
        "waits": plan_pace.waits(plan, timezone.now()),
        "progress": plan_progress.progress(plan, timezone.now()),
        "outcomes": plan_progress.outcomes(plan),
        "note": _(plan.note) if plan.note else "",
        "is_over": not plan.is_open,
    }


def lines(user: User, plan: Plan, query: QueryDict) -> dict[str, Any]:
    """Groups and lines alone, for a click on a group or a page."""
    return {
        "plan": plan,
        "outcomes": plan_progress.outcomes(plan),
        "is_part": True,
        **_lines(user, plan, query),
    }


def _lines(user: User, plan: Plan, query: QueryDict) -> dict[str, Any]:
    found = lines_of(user, plan, query)
    shown = list(found.page.object_list)
    words = page_parts.line_words[plan.kind](shown) if plan.kind in page_parts.line_words else {}
    return {
        "groups": _groups(plan, found),
        "lines": found,
        "rows": [_row(plan, row, words.get(row.pk, page_parts.LineWords())) for row in shown],
        "whys": _whys(plan, found),
        "is_message": plan.kind == MESSAGE,
        "is_by_status": plan.kind in _STATUS_KINDS,
        "is_started": bool(plan.tally),
        "is_moving": plan.state == Plan.State.RUNNING,
        "query": _query(found),
        "is_counted": bool(tally_of(plan)),
    }


def _query(found: Lines) -> str:
    """The filter as a query string that a page number can be added to."""
    chosen = QueryDict(mutable=True)
    chosen.update({name: value for name, value in _filter(found) if value})
    return f"{chosen.urlencode()}&" if chosen else ""


def _filter(found: Lines) -> list[tuple[str, str]]:
    return [("group", found.group), ("state", found.state), ("why", found.why)]


def _whys(plan: Plan, found: Lines) -> list[dict[str, Any]]:
    """Why SIMs are left alone, as links: {text, note, count, query, is_active}."""
    return [
        {
            "text": why_text(code, ""),
            "note": kind_named(plan.kind).explain(code, note),
            "count": count,
            "query": "" if found.why == code else f"why={code}",
            "is_active": found.why == code,
        }
        for code, note, count in plan.whys
    ]


def _groups(plan: Plan, found: Lines) -> list[dict[str, Any]]:
    cards = []
    for group in Group:
        if plan.kind == MESSAGE and group == Group.ALREADY:  # no SIM ever has had it already
            continue
        tone, icon = _LOOKS[group]
        is_active = found.group == group
        cards.append(
            {
                "name": str(group),
                "label": _group_label(plan, group),
                "count": int(plan.groups.get(str(group), 0)),
                "tone": tone,
                "icon": icon,
                "is_active": is_active,
                "query": "" if is_active else f"group={group}",
            }
        )
    return cards


def _group_label(plan: Plan, group: Group) -> Any:
    return _GROUPS_OF_MESSAGES.get(group, group.label) if plan.kind == MESSAGE else group.label


def _row(plan: Plan, line: Command, words: page_parts.LineWords) -> dict[str, Any]:
    has_order = line.state not in (State.PLANNED, State.SKIPPED)
    return {
        "line": line,
        "group": _group_label(plan, Group(line.group)) if line.group in Group.values else line.group,
        "tone": _LOOKS[Group(line.group)][0] if line.group in Group.values else "violet",
        "why": why_text(line.why, line.group),
        "said": kind_named(plan.kind).explain(line.why, line.error),
        "note": words.note,
        "state": words.state or line.state,
        "url": address("commands:detail", line.pk) if has_order else "",
        "has_sim": line.group != Group.UNKNOWN,
        "shows_state": bool(plan.tally) and line.group == Group.CHANGE,
    }


def permitted(user: User, plan: Plan) -> dict[str, bool]:
    """Which buttons this person meets. The views ask again."""
    state, runs = plan.state, user.has_perm("commands.run")
    failed = sum(int(plan.tally.get(name, 0)) for name in ("rejected", "not_applied"))
    is_own = user.pk in (plan.created_by_id, plan.submitted_by_id)
    asks = state == Plan.State.AWAITING
    can_again = plan.source != {"giccids": []}  # the suspension before a retirement has no list of its own
    return {
        "run": runs,
        "execute": runs and state == Plan.State.DRAFT and plan.changing > 0,
        "decide": asks and user.has_perm("commands.approve") and not is_own,
        "own": asks and is_own,
        "bypass": asks and user.has_perm("commands.rules"),
        "pause": runs and state == Plan.State.RUNNING,
        "resume": runs and state == Plan.State.PAUSED,
        "cancel": runs and plan.is_open and state not in (Plan.State.FREEZING, Plan.State.DRAFT),
        "discard": runs and state == Plan.State.DRAFT,
        "retry": runs and failed > 0 and not plan.is_open,
        "again": runs and can_again and (state in _SPENT or state in (Plan.State.DRAFT, Plan.State.FAILED)),
    }


def _draft(user: User, plan: Plan, kind: Kind, form: ExecuteForm | None) -> dict[str, Any]:
    """The form of a draft, and what its button says."""
    if plan.state != Plan.State.DRAFT:
        return {}
    rules = plans.rules_of(plan.enterprise)
    why = why_needed(plan, rules)
    return {
        "form": form or ExecuteForm(plan, needs_other=bool(why)),
        "needs_other": bool(why),
        "why_asked": [why_asked(plan, code) for code in why if code in WHY_ASKED],
        "approval_hours": rules.approval_hours,
        "danger": int(kind.danger),
        "others": plan_people.who_may_decide(user, plan) if why else [],
    }


def why_asked(plan: Plan, code: str) -> Any:
    """Why a second person is asked, in a sentence."""
    if plan.kind == MESSAGE and code == "size":
        return gettext_lazy("It goes to more SIMs than one person may write to alone.")
    return WHY_ASKED[code]


def url_of(plan: Plan) -> str:
    return reverse("commands:plan", args=[plan.pk])
