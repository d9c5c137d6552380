"""Refresh now: one SIM, one request, at once."""

from enterprise.connections import INTERACTIVE_SECONDS, client_for, note_rate
from mirror.apply import Origin, apply
from sims.models import Sim
from sims.spec import SIM
from smarthub_client import BadAnswer


def refresh_sim(sim: Sim) -> None:
    """Reads the SIM's detail and applies it. Raises `SmartHubError`; the mirror is unchanged then.

    A SIM the platform no longer knows raises `NotFound`: only a complete sweep may mark it missing.
    """
    client = client_for(sim.enterprise, seconds=INTERACTIVE_SECONDS)
    reply = client.sim_detail(sim.giccid)
    note_rate(sim.enterprise, reply.rate)
    origin = Origin(
        enterprise_id=sim.enterprise_id,
        source="detail",
        observed_at=reply.sent_at,
        scope={"account_id": sim.account_id},
    )
    applied = apply(SIM, [reply.data], origin)
    if applied.rejected:
        raise BadAnswer(
            "SmartHub's answer could not be stored; it is kept among the rejected payloads.",
            kind="wrong_shape",
        )
    if applied.unchanged:  # nothing was written, but one row may say how fresh it is now
        Sim.objects.filter(pk=sim.pk, observed_at__lt=reply.sent_at).update(
            observed_at=reply.sent_at, observed_by="detail"
        )
    sim.refresh_from_db()
