"""Pushes in a SIM's timeline.

Seen red: events of another enterprise's SIM of the same number, the reading left out.
"""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from notifications.models import Event
from notifications.sim_timeline import MOST, just_told
from sims.models import Sim
from sims.timeline import Entry, timeline
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory
from tests.push_factories import push_about

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def entries(sim: Sim, kind: str = "push") -> list[Entry]:
    """All of them, page by page."""
    found: list[Entry] = []
    before: datetime | None = None
    for _page in range(50):
        page = timeline(sim, before=before, kind=kind)
        found, before = found + page.entries, page.older
        if before is None:
            return found
    raise AssertionError("the stream has no end")


def test_a_push_tells_what_was_claimed_what_was_read_and_where_it_stands(
    sim: Sim, viewer: User, sign_in: SignIn
) -> None:
    push = push_about(
        sim, verdict="contradicted", original="ACTIVATED", target="RETIRED", observed="DEACTIVATED"
    )
    (entry,) = entries(sim)
    assert (entry.before, entry.after, entry.state) == ("ACTIVATED", "RETIRED", "contradicted")
    assert entry.detail == "The reading says: Suspended"
    text = sign_in(viewer).get(f"/sims/{sim.giccid}/timeline/").content.decode()
    assert f'href="/notifications/inbox/{push.pk}/"' in text
    assert text.index("Retired") < text.index("Contradicted by read") < text.index("The reading says")


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("pending", "Being read back"), ("confirmed", "Confirmed by read"), ("unverified", "Unverified")],
)
def test_every_verdict_has_its_word(verdict: str, word: str, sim: Sim, viewer: User, sign_in: SignIn) -> None:
    push_about(sim, verdict=verdict, target="DEACTIVATED", observed="DEACTIVATED")
    text = sign_in(viewer).get(f"/sims/{sim.giccid}/timeline/?kind=push").content.decode()
    assert word in text
    assert "The reading says" not in text


def test_pushes_stand_among_everything_else_and_under_their_own_kind(sim: Sim) -> None:
    push_about(sim, happened_at=sim.first_seen_at + timedelta(seconds=1))
    assert [entry.kind for entry in entries(sim, "")] == ["push", "presence"]
    assert entries(sim, "status") == []


def test_more_than_one_reading_takes_are_all_told_once_in_order(sim: Sim) -> None:
    """Several of a second among them, also where a reading ends."""
    for number in range(MOST + 30):
        push_about(sim, happened_at=NOW - timedelta(seconds=number // 3))
    found = entries(sim)
    assert len({entry.key for entry in found}) == len(found) == MOST + 30
    assert [entry.at for entry in found] == sorted((entry.at for entry in found), reverse=True)


def test_another_enterprises_sim_of_that_number_is_another_sim(sim: Sim, foreign_sim: Sim) -> None:
    push_about(SimFactory(account=foreign_sim.account, giccid=sim.giccid))
    assert entries(sim) == []


def test_the_head_of_the_page_tells_the_last_minutes_only(sim: Sim, viewer: User, sign_in: SignIn) -> None:
    old = push_about(sim)
    old.received_at = timezone.now() - timedelta(minutes=6)
    old.save()
    assert just_told(sim) == []
    for _n in range(5):
        push_about(sim)
    assert len(just_told(sim)) == 3
    assert sign_in(viewer).get(f"/sims/{sim.giccid}/usage/").content.decode().count("in-flight-line") == 3


def test_a_page_walks_the_index_of_the_sim(sim: Sim) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    own = Event.objects.filter(enterprise=sim.enterprise_id, giccid=sim.giccid, happened_at__lt=NOW)
    assert "event_of_sim" in own.order_by("-happened_at")[:MOST].explain()
