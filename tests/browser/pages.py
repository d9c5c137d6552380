"""Every page of the portal, to be looked at by axe. A route without an entry fails `test_every_page.py`."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.urls import reverse

from sims.columns import COLUMNS
from tests.browser import channels, messages, pushes, texting
from tests.browser.orders import job_of_two, order_with_evidence
from tests.browser.plans import SOON, plan_of_every_state
from tests.browser.world import World
from tests.desk_factories import ExportFactory, SelectionFactory


@dataclass(frozen=True)
class Look:
    """A page as somebody sees it. `args` are worked out when the world is there."""

    route: str
    person: str | None = "admin"
    enterprise: str = "main"
    args: Callable[[World], dict[str, object]] = field(default=lambda _world: {})
    query: str = ""
    status: int = 200

    def address(self, world: World) -> str:
        return reverse(self.route, kwargs=self.args(world)) + self.query


def _sim(name: str) -> Callable[[World], dict[str, object]]:
    return lambda world: {"giccid": world.sims[name].giccid}


def _main_sim(world: World) -> dict[str, object]:
    return {"giccid": world.main_sim(status="ACTIVATED").giccid}


def _manage(kind: str) -> Callable[[World], dict[str, object]]:
    return lambda world: _main_sim(world) | {"kind": kind}


def _selection(**values: object) -> Callable[[World], dict[str, object]]:
    """The operator's, of the main enterprise."""

    def made(world: World) -> dict[str, object]:
        own = {"owner": world.people["operator"], "enterprise": world.enterprises["main"]}
        return {"uid": SelectionFactory(**own, **values).pk}

    return made


def _export(**values: object) -> Callable[[World], dict[str, object]]:
    def made(world: World) -> dict[str, object]:
        own = {"owner": world.people["operator"], "enterprise": world.enterprises["main"]}
        return {"uid": ExportFactory(**own, **values).pk}

    return made


def _plan(
    kind: str = "suspend", asks: bool = False, **values: object
) -> Callable[[World], dict[str, object]]:
    """Of the operator, over SIMs of the main enterprise in every state; `asks`: with an open question."""

    def made(world: World) -> dict[str, object]:
        return {"uid": plan_of_every_state(world, kind, asks=asks, **values).pk}

    return made


_PROBLEMS = [{"line": n, "text": "x" * 60, "reason": "not_digits"} for n in range(2, 150)]


def _enterprise(name: str) -> Callable[[World], dict[str, object]]:
    return lambda world: {"pk": world.enterprises[name].pk}


def _run(world: World) -> dict[str, object]:
    return {"pk": world.failed_run.pk}


def _good_run(world: World) -> dict[str, object]:
    return {"pk": world.enterprises["main"].sync_runs.earliest("pk").pk}


PAGES = {
    "overview": Look("overview"),
    "overview, hard cases": Look("overview", enterprise="hard"),
    "overview before the first sync": Look("overview", enterprise="empty"),
    "overview without a key": Look("overview", enterprise="keyless"),
    "overview of a newcomer": Look("overview", person="newcomer"),
    "overview, out of reach": Look("overview", enterprise="down"),
    "overview, wrong key": Look("overview", enterprise="refused"),
    "overview, out of budget": Look("overview", enterprise="throttled"),
    "overview, long not read": Look("overview", "viewer", "stale"),
    "overview, first sweep soon": Look("overview", "viewer", "first_soon"),
    "overview, first sweep running": Look("overview", "operator", "first_running"),
    "overview, first sweep out of budget": Look("overview", "viewer", "first_throttled"),
    "overview, first sweep refused": Look("overview", "admin", "first_refused"),
    "overview, first sweep refused, seen by a viewer": Look("overview", "viewer", "first_refused"),
    "overview, first sweep out of reach": Look("overview", "viewer", "first_down"),
    "overview, first sweep failed": Look("overview", "viewer", "first_failed"),
    "overview, switched off": Look("overview", "viewer", "paused"),
    "overview, no SIM at all": Look("overview", "viewer", "no_sims"),
    "list": Look("sims:list", "operator", query="?page_size=25"),
    "list, hard cases": Look("sims:list", "operator", "hard", query="?status=FROZEN_BY_REGULATOR&usage=x"),
    "list, all hard cases": Look("sims:list", "viewer", "hard"),
    "list, nothing found": Look("sims:list", query="?q=nothing"),
    "list, every filter": Look("sims:list", query="?usage=near&fresh=1d&usage_max=5&po=PO-1&tag=x&expires=9"),
    "list, every column": Look("sims:list", "operator", query=f"?columns={','.join(COLUMNS)}"),
    "list before the first sync": Look("sims:list", enterprise="empty"),
    "selection": Look("sims:selection", "operator", args=_selection(total=8412, query="status=RETIRED")),
    "selection, resolving": Look("sims:selection", "operator", args=_selection(state="resolving")),
    "selection, failed": Look("sims:selection", "operator", args=_selection(state="failed")),
    "selection, problems": Look(
        "sims:selection",
        "operator",
        args=_selection(kind="listed", total=1, problems=_PROBLEMS, problem_count=50_000),
    ),
    "selection, elsewhere": Look("sims:selection", "operator", "hard", args=_selection(total=3)),
    "selections": Look("sims:selections", "operator"),
    "no selections": Look("sims:selections", "viewer"),
    "paste or upload": Look("sims:selection-new", "operator"),
    "export": Look("sims:export", "operator", args=_export(state="completed", done=7, size_bytes=5000)),
    "export, running": Look("sims:export", "operator", args=_export(state="running", done=50, total=99)),
    "export, failed": Look("sims:export", "operator", args=_export(error="disk")),
    "exports": Look("sims:exports", "operator"),
    "no exports": Look("sims:exports", "viewer"),
    "SIM": Look("sims:detail", "operator", args=_main_sim),
    "SIM with three devices": Look("sims:detail", "operator", "hard", _sim("many")),
    "SIM without anything": Look("sims:detail", "viewer", "hard", _sim("bare")),
    "SIM over its allowance": Look("sims:detail", "operator", "hard", _sim("over")),
    "SIM of a strange status": Look("sims:detail", "operator", "hard", _sim("strange")),
    "SIM that is missing": Look("sims:detail", "operator", "hard", _sim("missing")),
    "timeline": Look("sims:timeline", "operator", args=_main_sim),
    "timeline, hard cases": Look("sims:timeline", "operator", "hard", _sim("eventful")),
    "timeline, a kind that never happened": Look(
        "sims:timeline", "viewer", "hard", _sim("plain"), "?kind=apn"
    ),
    "usage": Look("sims:usage", "operator", args=_main_sim),
    "usage, hard cases": Look("sims:usage", "viewer", "hard", _sim("eventful"), "?days=400"),
    "usage of a SIM that used nothing": Look("sims:usage", "viewer", "hard", _sim("bare")),
    "SIM's commands": Look("sims:commands", "operator", "hard", _sim("ordered")),
    "SIM's commands, none": Look("sims:commands", "viewer", args=_main_sim),
    "SIM that is protected": Look("sims:detail", "approver", "hard", _sim("ordered")),
    "timeline with commands": Look("sims:timeline", "operator", "hard", _sim("ordered")),
    "change of one SIM": Look("sims:manage", "operator", args=_manage("custom_fields")),
    "change of one SIM, packages": Look("sims:manage", "operator", args=_manage("basic_plan")),
    "change of one SIM, not possible": Look("sims:manage", "operator", args=_manage("activate")),
    "change of many": Look(
        "sims:selection-change", "operator", args=_selection(total=9), query="?kind=retire"
    ),
    "change of many, resolving": Look(
        "sims:selection-change", "operator", args=_selection(state="resolving"), query="?kind=suspend"
    ),
    "protections": Look("sims:protections", "approver", "hard"),
    "no protections": Look("sims:protections", "viewer"),
    "raw SIM": Look("sims:raw", "operator", args=_main_sim),
    "raw SIM, hard cases": Look("sims:raw", "viewer", "hard", _sim("eventful")),
    "SIM with a history": Look("sims:detail", "operator", "hard", _sim("eventful")),
    "SIM that was removed": Look("sims:detail", "viewer", "hard", _sim("removed")),
    "plans": Look("commands:plans", "operator"),
    "plans, none": Look("commands:plans", "operator", "empty"),
    "plan, draft": Look("commands:plan", "operator", args=_plan()),
    "plan, draft of a retirement": Look(
        "commands:plan", "operator", args=_plan("retire", cooling_hours=24), query="?group=not_allowed"
    ),
    "plan, being worked out": Look("commands:plan", "viewer", args=_plan(state="freezing", frozen_at=None)),
    "plan, awaiting approval": Look("commands:plan", "admin", args=_plan(asks=True, state="awaiting")),
    "plan, awaiting approval, one's own": Look(
        "commands:plan", "operator", args=_plan(asks=True, state="awaiting")
    ),
    "plan, scheduled": Look("commands:plan", "operator", args=_plan(state="scheduled", start_at=SOON)),
    "plan, running": Look("commands:plan", "operator", args=_plan(state="running", mode="canary")),
    "plan, stopped": Look("commands:plan", "operator", args=_plan(state="paused", stopped_by_itself=True)),
    "plan, completed": Look("commands:plan", "operator", args=_plan(state="completed")),
    "plan, declined": Look("commands:plan", "viewer", args=_plan(state="declined", note="Wrong ones")),
    "approvals": Look("commands:approvals", "approver"),
    "approvals, none": Look("commands:approvals", "viewer", "empty"),
    "orders": Look("commands:list", "operator"),
    "orders, filtered": Look("commands:list", "viewer", query="?state=rejected&iccid=8986&since=2026-01-01"),
    "orders, hard cases": Look("commands:list", "approver", "hard"),
    "no orders": Look("commands:list", enterprise="empty"),
    "order": Look("commands:detail", "operator", "hard", args=order_with_evidence("applied")),
    "order that needs a person": Look(
        "commands:detail", "approver", "hard", args=order_with_evidence("needs_human")
    ),
    "needs a person": Look("commands:needs-person", "approver", "hard"),
    "needs a person, seen by a viewer": Look("commands:needs-person", "viewer", "hard"),
    "nothing needs a person": Look("commands:needs-person", "approver", "empty"),
    "activity": Look("commands:activity", "approver", "hard"),
    "jobs": Look("jobs:list", "operator", "hard"),
    "no jobs": Look("jobs:list", "operator", "empty"),
    "job": Look("jobs:detail", "operator", "hard", args=job_of_two()),
    "lost job": Look("jobs:detail", "operator", "hard", args=job_of_two(state="lost", remote_id="")),
    **{name: Look(**values) for name, values in (pushes.LOOKS | channels.LOOKS | messages.LOOKS).items()},
    **{name: Look(**values) for name, values in texting.LOOKS.items()},
    "connections": Look("enterprise:list"),
    "connection": Look("enterprise:detail", args=_enterprise("main")),
    "connection, hard cases": Look("enterprise:detail", args=_enterprise("hard")),
    "budget": Look("enterprise:budget", args=_enterprise("main"), query="?hours=72"),
    "budget, out of budget": Look("enterprise:budget", "viewer", "throttled", args=_enterprise("throttled")),
    "new connection": Look("enterprise:create"),
    "edit connection": Look("enterprise:edit", args=_enterprise("main")),
    "runs": Look("enterprise:runs", "operator"),
    "run": Look("enterprise:run", "operator", args=_good_run),
    "failed run": Look("enterprise:run", "operator", "hard", _run),
    "rejected": Look("enterprise:rejected", "operator", "hard"),
    "drift": Look("sims:drift", "operator", "hard"),
    "no drift": Look("sims:drift", "viewer"),
    "rules": Look("commands:rules"),
    "rules of a real platform": Look("commands:rules", enterprise="hard"),
    "rules, to be read": Look("commands:rules", "viewer", "hard"),
    "audit trail": Look("staff:audit", "approver"),
    "audit trail, nothing found": Look(
        "staff:audit", "approver", query="?who=nobody&alarms=1&since=2026-01-01"
    ),
    "sign in": Look("account_login", None),
    "sign out": Look("account_logout"),
    "password": Look("account_change_password"),
    "confirm it is you": Look("account_reauthenticate"),
    "two-step sign-in": Look("mfa_index"),
    "sessions": Look("usersessions_list"),
    "not found": Look("sims:detail", args=lambda _world: {"giccid": "1"}, status=404),
    "forbidden": Look("enterprise:create", "viewer", status=403),
}

# Routes nobody looks at, each with its reason.
NOT_PAGES = {
    "commands:decide": "answers a form",
    "sims:bulk-select": "answers a button",
    "sims:bulk-change": "answers a button",
    "sims:live": "parts of the SIM page",
    "sims:protect": "answers a form of the SIM page",
    "sims:unprotect": "answers a form of the SIM page",
    "sims:view-protect": "answers a form",
    "sims:protection-remove": "answers a form",
    "sims:bulk-tag": "answers a button",
    "sims:bulk-refresh": "answers a button",
    "sims:bulk-export": "answers a button",
    "sims:export-csv": "a file",
    "sims:export-file": "a file",
    "sims:export-retry": "answers a button",
    "sims:selection-problems": "a file",
    "sims:refresh": "answers a button",
    "sims:count": "a part of the list",
    "sims:layout": "answers a button",
    "sims:po": "answers a button",
    "sims:view": "leads to the list",
    "sims:view-save": "answers a button",
    "sims:view-delete": "answers a button",
    "sims:raw-json": "a file",
    "sims:label": "answers a form of the SIM page",
    "sims:tag-add": "answers a form of the SIM page",
    "sims:tag-remove": "answers a form of the SIM page",
    "commands:plan-status": "a part of the plan",
    "commands:plan-rows": "a part of the plan",
    "commands:plan-csv": "a file",
    **{
        f"commands:plan-{deed}": "answers a button"
        for deed in ["submit", "pause", "resume", "cancel", "retry", "again", "approve", "decline", "bypass"]
    },
    "commands:rules-save": "answers a form of the rules",
    "commands:rules-confirm": "answers a form of the rules",
    "sims:drift-set-back": "answers a button of the list of drift",
    "sims:drift-accept": "answers a button of the list of drift",
    **pushes.NOT_PAGES,
    **channels.NOT_PAGES,
    **messages.NOT_PAGES,
    **texting.NOT_PAGES,
    "enterprise:choose": "answers a button",
    "enterprise:test": "answers a button",
    "enterprise:sweep": "answers a button",
    "enterprise:sync-chip": "a part of every page",
    "set_language": "answers a button",
    "healthz": "for machines",
    "readyz": "for machines",
    "metrics": "for machines",
    "account_signup": "closed: leads away or says so",
    "account_inactive": "no way leads there",
    "account_email": "no mail is sent",
    "account_email_verification_sent": "no mail is sent",
    "account_confirm_email": "no mail is sent",
    "account_reset_password": "no mail is sent",
    "account_reset_password_done": "no mail is sent",
    "account_reset_password_from_key": "no mail is sent",
    "account_reset_password_from_key_done": "no mail is sent",
    "account_set_password": "everybody has a password: leads to changing it",
    "account_confirm_login_code": "not offered",
    "mfa_authenticate": "a step of signing in, drawn like the sign-in page",
    "mfa_reauthenticate": "drawn like confirming it is you",
    "mfa_activate_totp": "asks to confirm it is you first",
    "mfa_deactivate_totp": "asks to confirm it is you first",
    "mfa_view_recovery_codes": "asks to confirm it is you first",
    "mfa_generate_recovery_codes": "asks to confirm it is you first",
    "mfa_download_recovery_codes": "a file",
}
