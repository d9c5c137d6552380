"""Every route of the portal, out of the resolver, and what each promises: the table a new route must be added to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

READ, WRITE, FORM = ("GET",), ("POST",), ("GET", "POST")


@dataclass(frozen=True)
class Route:
    """`needs`: the permission, spelled out here a second time on purpose. `about`: the object in the address or body.

    `leads_on`: a GET redirects. `args` and `data` may hold `{home}`-style names of `World.ids`, filled in by the test.
    """

    methods: tuple[str, ...]
    needs: str
    about: str = ""
    args: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    leads_on: bool = False


_SIM, _ENTERPRISE, _RUN = {"giccid": "{sim}"}, {"pk": "{home}"}, {"pk": "{run}"}
_PHONE = {"giccid": "{phone}"}
_TEMPLATE = {"pk": "{template}"}
_VIEW, _SELECTION = {"pk": "{view}"}, {"uid": "{selection}"}
_EXPORT = {"uid": "{export}"}
_UID = "11111111-1111-4111-8111-111111111111"
_CHOICE = {"uid": _UID, "enterprise": "{home}", "query": "", "sim": "{sim}"}
_PLAN, _ANSWER = {"uid": "{plan}"}, {"digest": "d" * 64, "reason": "No good reason at all", "agree": "on"}
_CHANNEL, _DELIVERY = {"pk": "{channel}"}, {"pk": "{delivery}"}
_CONNECTION = {"name": "Renamed", "base_url": "https://smarthub.example.test/v1", "sweep_minutes": "15"}
_RULE = {"name": "Much used", "severity": "warning", "scope": "all", "suspend": "off", "param_percent": "70"}

OWN = {
    "overview": Route(READ, "portal.view"),
    "sims:list": Route(READ, "portal.view"),
    "sims:count": Route(READ, "portal.view"),
    "sims:layout": Route(
        WRITE, "portal.view", data={"column": "imei", "density": "compact", "page_size": "25"}
    ),
    "sims:po": Route(WRITE, "sims.refresh", data={"po": "PO-1"}),
    "sims:view": Route(READ, "portal.view", "sim", _VIEW, leads_on=True),
    "sims:view-save": Route(WRITE, "portal.view", data={"name": "Mine", "query": "status=ACTIVATED"}),
    "sims:view-delete": Route(WRITE, "portal.view", "somebody's own", _VIEW),
    "sims:bulk-select": Route(WRITE, "portal.view", "enterprise", data=_CHOICE),
    "sims:bulk-tag": Route(WRITE, "sims.note", "enterprise", data=_CHOICE | {"tag": "Field test"}),
    "sims:bulk-refresh": Route(WRITE, "sims.refresh", "enterprise", data=_CHOICE),
    "sims:bulk-export": Route(WRITE, "portal.view", "enterprise", data=_CHOICE | {"xlsx": "1"}),
    "sims:export-csv": Route(READ, "portal.view"),
    "sims:exports": Route(READ, "portal.view"),
    "sims:export": Route(READ, "portal.view", "somebody's own", _EXPORT),
    "sims:export-file": Route(READ, "portal.view", "somebody's own", _EXPORT),
    "sims:export-retry": Route(WRITE, "portal.view", "somebody's own", _EXPORT),
    "sims:selections": Route(READ, "portal.view"),
    "sims:selection-new": Route(FORM, "portal.view", data={"uid": _UID, "text": "{sim}"}),
    "sims:selection": Route(READ, "portal.view", "somebody's own", _SELECTION),
    "sims:selection-problems": Route(READ, "portal.view", "somebody's own", _SELECTION),
    "sims:drift": Route(READ, "portal.view"),
    "sims:drift-set-back": Route(WRITE, "commands.run", data={"intent": "{intent}", "uid": _UID}),
    "sims:drift-accept": Route(WRITE, "commands.run", data={"intent": "{intent}", "note": "Right as it is"}),
    "sims:detail": Route(READ, "portal.view", "sim", _SIM),
    "sims:timeline": Route(READ, "portal.view", "sim", _SIM),
    "sims:usage": Route(READ, "portal.view", "sim", _SIM),
    "sims:raw": Route(READ, "portal.view", "sim", _SIM),
    "sims:raw-json": Route(READ, "portal.view", "sim", _SIM),
    "sims:tab": Route(READ, "portal.view", "sim", _PHONE | {"name": "messages"}),
    "sims:label": Route(WRITE, "sims.note", "sim", _SIM, {"label": "A new label"}),
    "sims:tag-add": Route(WRITE, "sims.note", "sim", _SIM, {"name": "A new tag"}),
    "sims:tag-remove": Route(WRITE, "sims.note", "sim", _SIM, {"name": "Canary Tag"}),
    "sims:manage": Route(
        FORM,
        "commands.run",
        "sim",
        _SIM | {"kind": "custom_fields"},
        {"uid": _UID, "custom1": "New", "reason": "Moved"},
    ),
    "sims:commands": Route(READ, "portal.view", "sim", _SIM),
    "sims:live": Route(READ, "portal.view", "sim", _SIM),
    "sims:bulk-change": Route(WRITE, "commands.run", "enterprise", data=_CHOICE | {"kind": "suspend"}),
    "sims:selection-change": Route(FORM, "commands.run", "somebody's own", _SELECTION),
    "sims:protect": Route(WRITE, "sims.protect", "sim", _SIM, {"reason": "Emergency phones"}),
    "sims:unprotect": Route(WRITE, "sims.protect", "sim", _SIM, {"reason": "Sold"}),
    "sims:protections": Route(READ, "portal.view"),
    "sims:view-protect": Route(WRITE, "sims.protect", data={"view": "{view}", "reason": "Rescue"}),
    "sims:protection-remove": Route(WRITE, "sims.protect", "sim", {"pk": "{protection}"}, {"reason": "Sold"}),
    "sims:refresh": Route(WRITE, "sims.refresh", "sim", _SIM),
    "commands:plans": Route(READ, "portal.view"),
    "commands:plan": Route(READ, "portal.view", "sim", _PLAN),
    "commands:plan-status": Route(READ, "portal.view", "sim", _PLAN),
    "commands:plan-rows": Route(READ, "portal.view", "sim", _PLAN),
    "commands:plan-csv": Route(READ, "portal.view", "sim", _PLAN),
    "commands:plan-submit": Route(WRITE, "commands.run", "sim", _PLAN, _ANSWER | {"mode": "now"}),
    "commands:plan-pause": Route(WRITE, "commands.run", "sim", _PLAN),
    "commands:plan-resume": Route(WRITE, "commands.run", "sim", _PLAN),
    "commands:plan-cancel": Route(WRITE, "commands.run", "sim", _PLAN),
    "commands:plan-retry": Route(WRITE, "commands.run", "sim", _PLAN, {"uid": _UID}),
    "commands:plan-again": Route(WRITE, "commands.run", "sim", _PLAN, {"uid": _UID}),
    "commands:plan-approve": Route(WRITE, "commands.approve", "sim", _PLAN, _ANSWER),
    "commands:plan-decline": Route(WRITE, "commands.approve", "sim", _PLAN, _ANSWER),
    "commands:plan-bypass": Route(WRITE, "commands.rules", "sim", _PLAN, _ANSWER),
    "commands:approvals": Route(READ, "portal.view"),
    "commands:list": Route(READ, "portal.view"),
    "commands:needs-person": Route(READ, "portal.view"),
    "commands:activity": Route(READ, "portal.view"),
    "commands:detail": Route(READ, "portal.view", "sim", {"pk": "{order}"}),
    "commands:decide": Route(
        WRITE, "commands.decide", "sim", {"pk": "{order}"}, {"choice": "applied", "note": "Seen on the meter"}
    ),
    "jobs:list": Route(READ, "portal.view"),
    "jobs:detail": Route(READ, "portal.view", "sim", {"pk": "{job}"}),
    "messages:list": Route(READ, "portal.view"),
    "messages:list-live": Route(READ, "portal.view"),
    "messages:list-csv": Route(READ, "portal.view"),
    "messages:conversation": Route(READ, "portal.view", "sim", _PHONE),
    "messages:conversation-live": Route(READ, "portal.view", "sim", _PHONE),
    "messages:conversation-csv": Route(READ, "portal.view", "sim", _PHONE),
    "messages:send": Route(WRITE, "commands.run", "sim", _PHONE, {"uid": _UID, "text": "Status?"}),
    "messages:read": Route(WRITE, "commands.run", "sim", _PHONE, {"upto": "999999999"}),
    "messages:unread": Route(WRITE, "commands.run", "sim", _PHONE),
    "notifications:home": Route(READ, "portal.view"),
    "notifications:alerts-live": Route(READ, "portal.view"),
    "notifications:alerts-act": Route(
        WRITE, "alerts.handle", data={"alert": "{alert}", "act": "resolve", "note": "Seen on the meter"}
    ),
    "notifications:alert": Route(READ, "portal.view", "sim", {"pk": "{alert}"}),
    "notifications:alert-live": Route(READ, "portal.view", "sim", {"pk": "{alert}"}),
    "notifications:alert-sims": Route(WRITE, "portal.view", "sim", {"pk": "{alert}"}),
    "notifications:inbox": Route(READ, "portal.view"),
    "notifications:inbox-live": Route(READ, "portal.view"),
    "notifications:push": Route(READ, "portal.view", "sim", {"pk": "{push}"}),
    "notifications:replay": Route(WRITE, "enterprise.manage", "sim", {"pk": "{push}"}),
    "notifications:replay-dead": Route(WRITE, "enterprise.manage"),
    "notifications:setup": Route(READ, "enterprise.manage"),
    "notifications:setup-make": Route(WRITE, "enterprise.manage"),
    "notifications:setup-rotate": Route(WRITE, "enterprise.manage", "enterprise", {"pk": "{address}"}),
    "notifications:rules": Route(READ, "alerts.read_rules"),
    "notifications:rule-new": Route(READ, "alerts.rules"),
    "notifications:rule-make": Route(FORM, "alerts.rules", args={"start": "usage"}, data=_RULE),
    "notifications:rule": Route(READ, "alerts.read_rules", "enterprise", {"pk": "{rule}"}),
    "notifications:rule-save": Route(WRITE, "alerts.rules", "enterprise", {"pk": "{rule}"}, _RULE),
    "notifications:rule-switch": Route(WRITE, "alerts.rules", "enterprise", {"pk": "{rule}"}, {"on": "0"}),
    "notifications:rule-remove": Route(WRITE, "alerts.rules", "enterprise", {"pk": "{rule}"}),
    "notifications:setup-test": Route(WRITE, "enterprise.manage", "enterprise", {"pk": "{address}"}),
    "notifications:setup-retire": Route(WRITE, "enterprise.manage", "enterprise", {"pk": "{address}"}),
    "notifications:channels": Route(READ, "portal.view"),
    "notifications:channel-new": Route(
        FORM,
        "enterprise.manage",
        "sim",
        {"kind": "webhook"},
        {"name": "New", "url": "https://hooks.example.com/new"},
    ),
    "notifications:channel": Route(FORM, "enterprise.manage", "sim", _CHANNEL, {"name": "Renamed"}),
    "notifications:channel-switch": Route(WRITE, "enterprise.manage", "sim", _CHANNEL, {"on": "0"}),
    "notifications:channel-secret": Route(WRITE, "enterprise.manage", "sim", _CHANNEL),
    "notifications:channel-remove": Route(WRITE, "enterprise.manage", "sim", _CHANNEL),
    "notifications:channel-test": Route(WRITE, "enterprise.manage", "sim", _CHANNEL),
    "notifications:deliveries": Route(READ, "portal.view"),
    "notifications:delivery": Route(READ, "portal.view", "sim", _DELIVERY),
    "notifications:delivery-again": Route(WRITE, "enterprise.manage", "sim", _DELIVERY),
    "messages:bulk": Route(
        FORM, "commands.run", "somebody's own", _SELECTION, {"uid": _UID, "text": "Hello"}
    ),
    "messages:bulk-custom": Route(WRITE, "sims.refresh", "somebody's own", _SELECTION),
    "messages:templates": Route(READ, "portal.view"),
    "messages:template-new": Route(FORM, "commands.run", data={"name": "New", "text": "Hello"}),
    "messages:template": Route(READ, "portal.view", "enterprise", _TEMPLATE),
    "messages:template-save": Route(
        WRITE, "commands.run", "enterprise", _TEMPLATE, {"name": "Renamed", "text": "Hello {{label}}"}
    ),
    "messages:template-remove": Route(WRITE, "commands.run", "enterprise", _TEMPLATE),
    "messages:settings": Route(READ, "portal.view"),
    "messages:settings-save": Route(
        WRITE, "commands.rules", data={"keep_days": "90", "max_parts": "2", "report_hours": "9"}
    ),
    "enterprise:list": Route(READ, "portal.view"),
    "enterprise:create": Route(FORM, "enterprise.manage", data=_CONNECTION | {"api_key": "a-new-key"}),
    "enterprise:choose": Route(WRITE, "portal.view", "enterprise", data={"enterprise": "{home}"}),
    "enterprise:sync-chip": Route(READ, "portal.view"),
    "enterprise:runs": Route(READ, "portal.view"),
    "enterprise:rejected": Route(READ, "portal.view"),
    "enterprise:run": Route(READ, "portal.view", "enterprise", _RUN),
    "enterprise:detail": Route(READ, "portal.view", "enterprise", _ENTERPRISE),
    "enterprise:budget": Route(READ, "portal.view", "enterprise", _ENTERPRISE),
    "enterprise:edit": Route(FORM, "enterprise.manage", "enterprise", _ENTERPRISE, _CONNECTION),
    "enterprise:test": Route(WRITE, "enterprise.manage", "enterprise", _ENTERPRISE),
    "commands:rules": Route(READ, "portal.view"),
    "commands:rules-save": Route(
        WRITE,
        "commands.rules",
        data={"approval_over": "7", "approval_hours": "9", "cooling_hours": "3", "stop_percent": "4"},
    ),
    "commands:rules-confirm": Route(
        WRITE, "commands.rules", data={"operation": "suspend", "told": "1", "note": "Ms Li, by phone"}
    ),
    "staff:audit": Route(READ, "staff.audit"),
    "enterprise:sweep": Route(WRITE, "mirror.start", "enterprise", _ENTERPRISE),
}

# Open to everyone, each with its reason. Methods are those that answer; the others give 405.
PUBLIC = {
    "healthz": "load balancers have no account",
    "readyz": "load balancers have no account",
    "metrics": "guarded by a token of its own",
    "push": "SmartHub has no account: its address is a secret and its body is signed",
    "set_language": "the sign-in page offers it",
    "account_login": "signing in",
    "account_logout": "harmless without a session",
    "account_inactive": "says that the account is switched off",
    "account_signup": "closed: 404 for everyone",
    "account_email": "closed: 404 for everyone",
    "account_email_verification_sent": "closed: 404 for everyone",
    "account_reset_password": "closed: 404 for everyone",
    "account_confirm_login_code": "closed: 404 for everyone",
    "account_confirm_email": "closed: 404 for everyone",
    "account_reset_password_from_key_done": "closed: 404 for everyone",
    "account_reset_password_from_key": "closed: 404 for everyone",
    "account_reset_password_done": "closed: 404 for everyone",
    "mfa_authenticate": "a step of signing in",
    "admin:login": "leads to the sign-in page",
}

# allauth's pages about oneself: need a sign-in, and no role.
ABOUT_ONESELF = {
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "usersessions_list",
}

_ARGS_OF_OTHERS = {
    "push": {"token": "nothing", "kind": "sim-status"},
    "account_confirm_email": {"key": "nothing"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "set-nothing"},
}


def patterns() -> Iterator[tuple[str, URLPattern]]:
    """Every route with its full name; admin's included, its nameless catch-alls too."""
    yield from _walk(get_resolver().url_patterns, ())


def _walk(entries: list[Any], spaces: tuple[str, ...]) -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, (*spaces, entry.namespace) if entry.namespace else spaces)
        else:
            yield ":".join((*spaces, entry.name or "?")), entry


def is_admin(name: str) -> bool:
    return name.startswith("admin:") and name not in PUBLIC


def without_role() -> list[str]:
    """Names of third-party routes outside the admin."""
    return sorted({*PUBLIC, *ABOUT_ONESELF})


def url_of(name: str, ids: dict[str, str]) -> str:
    """The address of a route, for objects of `World.ids`."""
    wanted = OWN[name].args if name in OWN else _ARGS_OF_OTHERS.get(name, {})
    return reverse(name, kwargs={key: value.format(**ids) for key, value in wanted.items()})
