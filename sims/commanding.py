"""The SIM mirror as `commands` needs it (`commands.fleet.Fleet`)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404
from django.urls import reverse

from commands.fleet import Chosen, CustomAges, Reported, SimCard
from commands.kinds import kind_named
from commands.models import Plan
from mirror.apply import Origin, apply, one_writer
from mirror.spec import Rejected, time_at
from sims import choosing, customs, hints, manage, planning, protection, variables
from sims.access import get_sim_or_404
from sims.filters import SHORTEST_SEARCH
from sims.models import ChangeLog, Sim
from sims.spec import SIM
from smarthub_client.reply import Reply
from staff.models import User

COMMAND = "command"
"""Why a SIM is read back, and the source of what such a read told."""
_SUCCESS = (None, "", "SUCCESS")


class SimFleet:
    """Nothing is kept in it."""

    def freeze(self, plan: Plan) -> None:
        planning.freeze(plan)

    def stale(self, plan: Plan, command_ids: Sequence[int] | None = None) -> set[int]:
        return planning.stale(plan, command_ids)

    def take_in(
        self,
        enterprise_id: int,
        giccids: Sequence[str],
        items: Sequence[Any],
        sent_at: datetime,
        *,
        is_detail: bool,
    ) -> None:
        """An answer names no account: each SIM stays where the last sweep put it, and a stranger is left out."""
        known = Sim.objects.filter(enterprise=enterprise_id, giccid__in=giccids)
        with transaction.atomic():
            one_writer(SIM, enterprise_id)
            accounts = dict(known.values_list("giccid", "account_id"))
            groups: defaultdict[int | None, list[Any]] = defaultdict(list)
            for item in items:
                giccid = item.get("giccid") if isinstance(item, dict) else None
                if giccid in accounts:
                    groups[accounts[giccid]].append(item)
            for account_id, own in groups.items():
                apply(SIM, own, _origin(enterprise_id, account_id, sent_at, is_detail=is_detail))

    def hint(self, enterprise_id: int, giccids: Iterable[str]) -> None:
        hints.hint(enterprise_id, giccids, COMMAND)

    def reported(
        self, enterprise_id: int, giccids: Sequence[str], since: datetime
    ) -> Mapping[str, list[Reported]]:
        logs = ChangeLog.objects.filter(enterprise=enterprise_id, giccid__in=giccids, happened_at__gte=since)
        found: defaultdict[str, list[Reported]] = defaultdict(list)
        for log in logs.defer("raw").order_by("happened_at", "id"):
            has_failed = log.status not in _SUCCESS
            found[log.giccid].append(
                Reported(log.happened_at, log.type, log.original, log.target, has_failed)
            )
        return found

    def card(self, user: User, giccid: str) -> SimCard | None:
        try:
            return _card(get_sim_or_404(user, _storable(giccid)))
        except Http404:
            return None

    def why_not(self, user: User, giccid: str, kind_name: str) -> str:
        sim = get_sim_or_404(user, giccid)
        return manage.why_not(sim, kind_named(kind_name), protection.of(sim))

    def cards(self, enterprise_id: int, giccids: Sequence[str]) -> Mapping[str, SimCard]:
        sims = Sim.objects.filter(enterprise=enterprise_id, giccid__in=giccids).order_by().defer("raw")
        return {sim.giccid: _card(sim) for sim in sims}

    def find(self, user: User, enterprise_id: int, text: str, most: int) -> list[str]:
        words = _storable(text).upper().split()
        if not words or any(len(word) < SHORTEST_SEARCH for word in words):
            return []
        sims = Sim.objects.visible_to(user).filter(enterprise=enterprise_id)
        for word in words:
            sims = sims.filter(search_text__contains=word)
        return list(sims.order_by("giccid").values_list("giccid", flat=True)[:most])

    def variables(self, enterprise_id: int, giccids: Sequence[str]) -> Mapping[str, dict[str, str]]:
        return variables.variables(enterprise_id, giccids)

    def variable_names(self) -> Sequence[str]:
        return variables.NAMES

    def custom_read(
        self, enterprise_id: int, giccid: str, values: Mapping[str, Any], sent_at: datetime
    ) -> None:
        customs.keep(enterprise_id, giccid, values, sent_at)

    def chosen(self, user: User, uid: object) -> Chosen | None:
        return choosing.chosen(user, uid)

    def first_of(self, user: User, uid: object, most: int) -> Sequence[str]:
        return choosing.first_of(user, uid, most)

    def custom_ages(self, user: User, uid: object) -> CustomAges:
        return choosing.custom_ages(user, uid)

    def want_custom(self, user: User, uid: object) -> int:
        return customs.want(choosing.sims_of(user, uid))

    def read_log(self, reply: Reply[Any], giccid: str) -> list[Reported]:
        entries = [entry for entry in reply.data.get("data") or [] if isinstance(entry, dict)]
        found = [_reported(entry) for entry in entries if entry.get("giccid") == giccid]
        return sorted((log for log in found if log), key=lambda log: log.at)


def _storable(text: str) -> str:
    """Without what no text of the database holds, and what it therefore takes no question about."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def _card(sim: Sim) -> SimCard:
    return SimCard(
        enterprise_id=sim.enterprise_id,
        account_id=sim.account_id,
        giccid=sim.giccid,
        label=sim.label,
        msisdn=sim.msisdn or "",
        status=sim.status,
        observed_at=sim.observed_at,
        is_gone=sim.removed_at is not None,
        url=reverse("sims:detail", args=[sim.giccid]),
    )


def _reported(entry: dict[str, Any]) -> Reported | None:
    """None for an entry without a readable time: it proves nothing."""
    try:
        at = time_at(entry, "createdTime")
    except Rejected:
        return None
    if at is None:
        return None
    original, target = (
        None if entry.get(name) is None else str(entry[name]) for name in ("original", "target")
    )
    return Reported(at, str(entry.get("type")), original, target, entry.get("status") not in _SUCCESS)


def _origin(enterprise_id: int, account_id: int | None, sent_at: datetime, *, is_detail: bool) -> Origin:
    return Origin(
        enterprise_id=enterprise_id,
        source=COMMAND,
        observed_at=sent_at,
        scope={"account_id": account_id},
        is_detail=is_detail,
        is_direct=True,
    )
