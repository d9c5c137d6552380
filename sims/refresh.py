"""Refresh now: one SIM with one request at once, or many by read-back, 100 in a request."""

import math
from collections import defaultdict

from django.db import transaction

from enterprise.connections import INTERACTIVE_SECONDS, client_for, note_rate
from mirror.apply import Origin, apply, one_writer
from sims import customs
from sims.answered import answers
from sims.hints import PERSON, hint
from sims.models import Sim
from sims.querysets import SimQuerySet
from sims.readback import BATCH
from sims.spec import SIM
from smarthub_client import BadAnswer, SmartHubError
from smarthub_client.budget import Purpose
from staff.models import User

NOT_STORED = "SmartHub's answer could not be stored; it is kept among the rejected payloads."


def refresh_sim(sim: Sim) -> None:
    """Reads the SIM's detail and applies it. Raises `SmartHubError`; the mirror is unchanged then.

    A SIM the platform no longer knows raises `NotFound`: only a complete sweep may mark it missing.
    """
    client = client_for(sim.enterprise, purpose=Purpose.INTERACTIVE, seconds=INTERACTIVE_SECONDS)
    try:
        reply = client.sim_detail(sim.giccid)
    except SmartHubError as error:
        note_rate(sim.enterprise, error.rate)
        raise
    note_rate(sim.enterprise, reply.rate)
    with transaction.atomic():
        one_writer(SIM, sim.enterprise_id)
        sim.refresh_from_db(
            fields=["account"]
        )  # a detail does not tell it, and a sweep may have moved the SIM
        origin = Origin(
            enterprise_id=sim.enterprise_id,
            source="detail",
            observed_at=reply.sent_at,
            scope={"account_id": sim.account_id},
            is_detail=True,
        )
        applied = apply(SIM, [reply.data], origin)
        answers(sim.enterprise_id, applied.keys, reply.sent_at)
    if applied.rejected:
        raise BadAnswer(NOT_STORED, kind="wrong_shape")
    customs.want_again(sim)
    sim.refresh_from_db()


def price_of(sims: int) -> int:
    """Requests it takes to read so many SIMs back."""
    return math.ceil(sims / BATCH)


def refresh_many(user: User, sims: SimQuerySet) -> int:
    """Those of `sims` the person may see are read back next, before whatever waits; returns how many."""
    wanted: defaultdict[int, list[str]] = defaultdict(list)
    for enterprise_id, giccid in sims.visible_to(user).order_by().values_list("enterprise_id", "giccid"):
        wanted[enterprise_id].append(giccid)
    with transaction.atomic():
        return sum(hint(enterprise_id, giccids, PERSON) for enterprise_id, giccids in sorted(wanted.items()))
