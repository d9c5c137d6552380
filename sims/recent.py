"""The latest changes of a fleet, out of SmartHub's change logs."""

from dataclasses import dataclass

from enterprise.models import Enterprise
from sims.models import ChangeLog, Sim
from sims.timeline import Entry, entry_of_log
from staff.models import User

# How far back a person who sees few accounts is served: beyond it, looking would cost more than it tells.
LOOKED_AT = 300


@dataclass(frozen=True)
class RecentChange:
    """A line of the stream, and whose it is. `label`: what staff call the SIM."""

    giccid: str
    label: str
    entry: Entry


def recent_changes(user: User, enterprise: Enterprise, limit: int) -> list[RecentChange]:
    """The newest of SIMs this person sees. Two queries (three for a limited person), by index."""
    newest = ChangeLog.objects.filter(enterprise=enterprise).defer("raw")
    logs = list(newest[: limit if user.sees_all_accounts else LOOKED_AT])
    seen = Sim.objects.visible_to(user).filter(enterprise=enterprise, giccid__in={log.giccid for log in logs})
    labels = dict(seen.values_list("giccid", "label"))
    shown = [log for log in logs if log.giccid in labels][:limit]
    return [RecentChange(log.giccid, labels[log.giccid], entry_of_log(log)) for log in shown]
