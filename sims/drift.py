"""Intended against observed: SIMs that are no longer as they were ordered to be, and what people do about it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField
from django.utils import timezone
from django.utils.translation import gettext as _

from commands.making import Source, make
from commands.models import Command, Intent, Plan
from commands.refusals import Refused
from commands.states import IN_FLIGHT
from enterprise.models import Enterprise
from sims.models import ChangeLog, Sim
from staff import audit
from staff.models import User

COUNTED = 10_000
"""The overview counts no further."""
MOST = 50_000
PAGE = 50
LIFECYCLE = {"ACTIVATED": "activate", "DEACTIVATED": "suspend", "RETIRED": "retire"}
_STATUS, _PACKAGE, _APN = "status", "package", "apn:"
_LOG_TYPES = {_STATUS: "LOCAL_STATUS", _PACKAGE: "SERVICE_PACKAGE"}


def drifted(user: User, enterprise: Enterprise) -> "QuerySet[Intent]":
    """Newest first, as far as this person sees the SIMs. Not what a newer order is about to change anyway."""
    rows = Intent.objects.filter(enterprise=enterprise).exclude(drifted_at=None)
    if not user.sees_all_accounts:
        seen = Sim.objects.visible_to(user).filter(
            enterprise=OuterRef("enterprise_id"), giccid=OuterRef("giccid")
        )
        rows = rows.filter(Exists(seen))
    busy = Command.objects.filter(
        enterprise=OuterRef("enterprise_id"), giccid=OuterRef("giccid"), state__in=IN_FLIGHT
    )
    of_status = Q(aspect=_STATUS) & Exists(busy.filter(kind__in=LIFECYCLE.values()))
    of_package = Q(aspect=_PACKAGE) & Exists(busy.filter(kind="basic_plan"))
    of_apn = Q(aspect__startswith=_APN) & Exists(busy.filter(kind="apn_status"))
    return rows.exclude(of_status | of_package | of_apn).order_by("-drifted_at", "-id")


def count(user: User, enterprise: Enterprise) -> int:
    """Up to `COUNTED`."""
    return drifted(user, enterprise).order_by()[:COUNTED].count()


@dataclass(frozen=True)
class Line:
    """One SIM's drift. `log`: the platform's own word on who it was, if there is one since. `observed`: "" for none."""

    intent: Intent
    sim: Sim
    observed: str
    log: ChangeLog | None

    @property
    def is_status(self) -> bool:
        return self.intent.aspect == _STATUS

    @property
    def apn(self) -> str:
        return self.intent.aspect.removeprefix(_APN) if self.intent.aspect.startswith(_APN) else ""


def lines(enterprise: Enterprise, intents: Sequence[Intent]) -> list[Line]:
    """Of a page of `drifted`, whose commands and plans are read along. Two queries."""
    giccids = [intent.giccid for intent in intents]
    sims = {sim.giccid: sim for sim in Sim.objects.filter(enterprise=enterprise, giccid__in=giccids)}
    since = min((intent.since for intent in intents), default=timezone.now())
    logs = ChangeLog.objects.filter(enterprise=enterprise, giccid__in=giccids, happened_at__gte=since)
    newest = list(logs.defer("raw").order_by("-happened_at", "-id")[:1000])
    found = []
    for intent in intents:
        if sim := sims.get(intent.giccid):
            observed = seen(sim, intent.aspect)
            found.append(Line(intent, sim, observed, _explaining(intent, observed, newest)))
    return found


def of_sim(user: User, sim: Sim) -> list[Line]:
    """What of one SIM is not as it was ordered, for its page. One query."""
    own = drifted(user, sim.enterprise).filter(giccid=sim.giccid)
    return [Line(intent, sim, seen(sim, intent.aspect), None) for intent in own]


def seen(sim: Sim, aspect: str) -> str:
    """As `commands_seen` of the database, for a SIM that tells."""
    if aspect == _STATUS:
        return sim.status
    if aspect == _PACKAGE:
        return sim.package_name or ""
    name = aspect.removeprefix(_APN)
    apns = [a for a in sim.raw.get("apnList") or [] if isinstance(a, dict) and a.get("apnName") == name]
    return str(apns[0].get("apnStatus") or "") if apns else ""


def _explaining(intent: Intent, observed: str, logs: Sequence[ChangeLog]) -> ChangeLog | None:
    wanted = _LOG_TYPES.get(intent.aspect)
    own = (log for log in logs if log.giccid == intent.giccid and log.happened_at >= intent.since)
    return next((log for log in own if log.type == wanted and log.target == observed), None)


# --- what people do about it


def chosen(user: User, enterprise: Enterprise, ids: Sequence[int], *, is_every: bool) -> "QuerySet[Intent]":
    """The ticked ones that still drift, or every one. Raises `Refused` for none."""
    rows = drifted(user, enterprise)
    if not is_every:
        rows = rows.filter(pk__in=ids)
    rows = rows[:MOST]
    if not rows:
        raise Refused(_("Tick at least one SIM whose drift is still there."))
    return rows


def set_back(
    actor: User, enterprise: Enterprise, intents: "QuerySet[Intent]", form_uid: uuid.UUID
) -> list[Plan]:
    """A plan for each kind of change that is needed, to be looked at and released as any other. Raises `Refused`."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for intent in intents:
        groups.setdefault(_remedy(intent), []).append(intent.giccid)
    return [
        make(
            actor,
            enterprise,
            kind_name=kind,
            params=_params(kind, first, second),
            source=Source(giccids=tuple(sorted(giccids))),
            form_uid=form_uid,
            reason=_("Set back what drifted"),
        )
        for (kind, first, second), giccids in sorted(groups.items())
    ]


def _remedy(intent: Intent) -> tuple[str, str, str]:
    """Kind and its parameters."""
    if intent.aspect == _STATUS and intent.value in LIFECYCLE:
        return LIFECYCLE[intent.value], "", ""
    if intent.aspect == _PACKAGE:
        return "basic_plan", intent.value, ""
    if intent.aspect.startswith(_APN):
        return "apn_status", intent.aspect.removeprefix(_APN), intent.value
    raise Refused(_("Nothing leads back to “%(value)s”.") % {"value": intent.value})


def _params(kind: str, first: str, second: str) -> dict[str, Any]:
    if kind == "basic_plan":
        return {"package": first}
    return {"apn": first, "status": second} if kind == "apn_status" else {}


# A SIM that does not tell any more keeps what was wanted.
_SEEN = """coalesce((SELECT commands_seen(commands_intent.aspect, s.status, s.package_name, s.raw) FROM sims_sim s
  WHERE s.enterprise_id = commands_intent.enterprise_id AND s.giccid = commands_intent.giccid), %(expressions)s)"""


def accept(actor: User, enterprise: Enterprise, intents: "QuerySet[Intent]", note: str) -> int:
    """From now on what SmartHub shows is what is wanted; how many. Raises `Refused` without a note."""
    if len(note.strip()) < 3:
        raise Refused(_("Say why this is right as it is: the next person has only your note."))
    with transaction.atomic():
        # Locked in one order, so that two people at once wait for each other.
        ids = sorted(intents.values_list("pk", flat=True))
        rows = Intent.objects.filter(pk__in=ids).exclude(drifted_at=None)
        held = list(rows.order_by("pk").select_for_update().values_list("pk", "giccid", "aspect", "value"))
        Intent.objects.filter(pk__in=[pk for pk, *_more in held]).update(
            value=Func(F("value"), template=_SEEN, output_field=TextField()),
            since=timezone.now(),
            command=None,
            accepted_by=actor,
            note=note.strip()[:500],
        )
        if held:
            sample = [
                {"giccid": giccid, "aspect": aspect, "was": was} for _pk, giccid, aspect, was in held[:100]
            ]
            detail = {"sims": len(held), "note": note.strip()[:500], "first": sample}
            audit.record(actor, "drift.accept", enterprise.name, detail=detail)
    return len(held)
