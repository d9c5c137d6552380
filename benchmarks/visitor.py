"""A signed-in browser without a network, and what staff would have added to a fleet."""

from typing import Any

from django.db import connection
from django.test import Client

from sims.models import PurchaseOrder, Sim, Tag
from staff.models import User


def prepare(enterprise: Any, size: int) -> None:
    """A tag on one SIM in a hundred, a PO of one in fifty, labels on one in a thousand: once."""
    User.objects.get_or_create(
        username="bench", defaults={"is_superuser": True, "is_staff": True, "sees_all_accounts": True}
    )
    if Tag.objects.filter(enterprise=enterprise).exists():
        return
    tag = Tag.objects.create(enterprise=enterprise, name="Field trial")
    PurchaseOrder.objects.create(enterprise=enterprise, name="PO-7")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sims_simtag (sim_id, tag_id, created_at)"
            " SELECT id, %s, now() FROM sims_sim WHERE id %% 100 = 7",
            [tag.pk],
        )
        cursor.execute("UPDATE sims_sim SET po = 'PO-7' WHERE id % 50 = 7")
        cursor.execute("UPDATE sims_sim SET label = 'Gate ' || id WHERE id % 1000 = 7")
        cursor.execute("VACUUM ANALYZE")
    assert Sim.objects.count() == size


def browser() -> Client:
    """Of somebody who may do everything."""
    client = Client(raise_request_exception=True, headers={"host": "localhost"})
    client.force_login(
        User.objects.get(username="bench"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client
