"""When a SIM that a read-back's answer does not list is believed to be gone.

Where nothing is at stake, any whole answer does.

To remove a SIM that two complete sweeps have not met, the answer must list another one at least: `witnesses` are asked
for with it, so that a platform which shows nothing at all for a while removes nothing. Without one (the whole fleet
seems to be gone) each SIM is asked for by its own address and must be unknown there.
"""

from typing import Any

from django.db.models import F

from mirror import runs
from mirror.models import SyncRun
from sims.models import Sim
from smarthub_client import NotFound, SmartHubClient

REMOVED_AFTER = 2  # complete sweeps that did not meet a SIM, before a direct read may say that it is gone
WITNESSES = 2
_SINGLE_READS = 20


def doomed(enterprise_id: int, giccids: list[str]) -> set[str]:
    """Those a read without them would remove."""
    rows = Sim.objects.present().filter(
        enterprise=enterprise_id, giccid__in=giccids, missed_sweeps__gte=REMOVED_AFTER
    )
    return set(rows.exclude(missing_since=None).values_list("giccid", flat=True))


def witnesses(enterprise_id: int, besides: list[str]) -> list[str]:
    """Other SIMs that were there a moment ago."""
    there = Sim.objects.present().filter(enterprise=enterprise_id, missing_since=None)
    there = there.exclude(giccid__in=besides)
    return list(there.order_by("-observed_at").values_list("giccid", flat=True)[:WITNESSES])


def believed_absent(
    run: SyncRun,
    client: SmartHubClient,
    asked: list[str],
    body: dict[str, Any],
    at_stake: set[str],
    *,
    is_witnessed: bool,
) -> set[str]:
    """SIMs the platform does not have (any more). Empty unless the answer holds as many SIMs as it says, each asked
    for and each once. `is_witnessed`: known SIMs were asked for besides.
    """
    listed = _listed(asked, body)
    if listed is None:
        return set()
    absent = set(asked) - listed
    if listed or not absent & at_stake:
        return absent
    if is_witnessed:
        return absent - at_stake
    single = sorted(absent & at_stake)[:_SINGLE_READS]
    return absent - at_stake | {giccid for giccid in single if _is_unknown(run, client, giccid)}


def _listed(asked: list[str], body: dict[str, Any]) -> set[str] | None:
    """ICCIDs of a whole answer; None if it is not."""
    items = body["data"]
    listed = {
        item["giccid"] for item in items if isinstance(item, dict) and isinstance(item.get("giccid"), str)
    }
    total = body.get("total")
    is_whole = type(total) is int and total == len(items) == len(listed) and listed <= set(asked)
    return listed if is_whole else None


def _is_unknown(run: SyncRun, client: SmartHubClient, giccid: str) -> bool:
    runs.keep(run, requests=F("requests") + 1)
    try:
        client.sim_detail(giccid)
    except NotFound:
        return True
    return False
