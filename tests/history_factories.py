"""Rows about SIMs over time, and what staff wrote on them; written here as sync jobs and people would."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from sims.models import ChangeLog, Sim, SimVersion
from sims.notes import add_tag, set_label
from smarthub_client.times import format_time
from tests import factories


class ChangeLogFactory(DjangoModelFactory):
    """A suspended SIM, an hour ago: `ChangeLogFactory(sim=..., type=..., original=..., target=...)`."""

    class Meta:
        model = ChangeLog

    class Params:
        sim = factory.SubFactory(factories.SimFactory)

    enterprise = factory.LazyAttribute(lambda o: o.sim.enterprise)
    giccid = factory.LazyAttribute(lambda o: o.sim.giccid)
    type = "LOCAL_STATUS"
    original: Any = "ACTIVATED"
    target: Any = "DEACTIVATED"
    status = "SUCCESS"
    happened_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    fetched_at = factory.LazyFunction(timezone.now)
    digest = factory.LazyFunction(uuid4)
    raw = factory.LazyAttribute(
        lambda o: {
            "giccid": o.giccid,
            "type": o.type,
            "original": o.original,
            "target": o.target,
            "createdTime": format_time(o.happened_at),
            "status": o.status,
        }
    )


class SimVersionFactory(DjangoModelFactory):
    """The payload of a SIM as it was until an hour ago: `SimVersionFactory(sim=..., raw=...)`."""

    class Meta:
        model = SimVersion

    sim = factory.SubFactory(factories.SimFactory)
    raw = factory.LazyAttribute(lambda o: o.sim.raw)
    observed_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=3))
    observed_by = "sweep"
    replaced_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    replaced_by = "sweep"


def write_on(sim: Sim, *, label: str = "", tags: tuple[str, ...] = ()) -> None:
    """A label and tags, as somebody would have put them there."""
    set_label(sim, label)
    for name in tags:
        add_tag(sim, name)
