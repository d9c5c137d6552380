"""The stream of what happened to a SIM.

Seen red: a change told by both sources shown twice, a failed log taken for what a sweep saw, pages that overlap.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from sims.models import Sim
from sims.timeline import PAGE_SIZE, Entry, timeline
from staff.models import User
from tests.conftest import SignIn
from tests.factories import SimFactory, sim_payload
from tests.history_factories import ChangeLogFactory, SimVersionFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@pytest.fixture
def old_sim(sim: Sim) -> Sim:
    """First seen a year ago."""
    Sim.objects.update(first_seen_at=ago(days=365))
    sim.refresh_from_db()
    return sim


def was(sim: Sim, since: datetime, until: datetime, **payload: Any) -> None:
    """The SIM's payload, but for these values, between two moments."""
    raw = {**sim.raw, **payload}
    SimVersionFactory(sim=sim, raw=raw, observed_at=since, replaced_at=until)


def told(entry: Entry) -> tuple[Any, ...]:
    return (entry.kind, entry.before, entry.after, tuple(source.by for source in entry.sources))


def stream(sim: Sim, **query: Any) -> list[tuple[Any, ...]]:
    return [told(entry) for entry in timeline(sim, **query).entries if entry.kind != "presence"]


def test_a_change_told_by_log_and_sweep_stands_once_with_both(old_sim: Sim) -> None:
    ChangeLogFactory(sim=old_sim, original="INVENTORY", target="ACTIVATED", happened_at=ago(hours=2))
    was(old_sim, ago(days=9), ago(hours=1), status="INVENTORY")
    assert stream(old_sim) == [("status", "INVENTORY", "ACTIVATED", ("changelog", "sweep"))]
    assert timeline(old_sim).entries[0].at == ago(hours=2)


def test_several_steps_between_two_readings_are_the_way_there(old_sim: Sim) -> None:
    ChangeLogFactory(sim=old_sim, original="INVENTORY", target="ACTIVATED", happened_at=ago(hours=4))
    ChangeLogFactory(sim=old_sim, original="ACTIVATED", target="DEACTIVATED", happened_at=ago(hours=3))
    ChangeLogFactory(sim=old_sim, original="DEACTIVATED", target="ACTIVATED", happened_at=ago(hours=2))
    was(old_sim, ago(days=9), ago(hours=1), status="INVENTORY")
    assert [line[3] for line in stream(old_sim)] == [("changelog", "sweep"), ("changelog",), ("changelog",)]


def test_a_log_of_another_time_kind_or_outcome_is_another_change(old_sim: Sim) -> None:
    make = {"original": "INVENTORY", "target": "ACTIVATED"}
    ChangeLogFactory(sim=old_sim, **make, happened_at=ago(days=20))
    ChangeLogFactory(sim=old_sim, **make, happened_at=ago(hours=2), status="FAILED")
    ChangeLogFactory(sim=old_sim, **make, happened_at=ago(hours=2), type="SERVICE_PACKAGE")
    was(old_sim, ago(days=9), ago(hours=1), status="INVENTORY")
    entries = timeline(old_sim).entries
    assert [len(entry.sources) for entry in entries] == [1] * 5
    assert [entry.problem for entry in entries if entry.problem] == ["FAILED"]


def test_differences_are_told_against_the_payload_that_followed(old_sim: Sim) -> None:
    was(old_sim, ago(days=30), ago(days=20), deviceInfo=[{"imei": "1"}])
    was(old_sim, ago(days=20), ago(days=10), deviceInfo=[{"imei": "2"}])
    now = old_sim.raw["deviceInfo"][0]["imei"]
    imei = [line[1:3] for line in stream(old_sim) if line[2] in ("2", now)]
    assert imei == [("2", now), ("1", "2")]
    assert [line[1:3] for line in stream(old_sim, before=ago(days=15)) if line[2] == "2"] == [("1", "2")]


def test_coming_and_going_are_told(old_sim: Sim) -> None:
    Sim.objects.update(missing_since=ago(days=2), removed_at=ago(days=1))
    old_sim.refresh_from_db()
    titles = [str(entry.title) for entry in timeline(old_sim).entries]
    assert titles == ["Removed from the lists", "Not listed any more", "First seen here"]


@pytest.mark.parametrize("kind", ["", "status"])
def test_pages_follow_each_other_without_gap_or_overlap(old_sim: Sim, kind: str) -> None:
    for number in range(2 * PAGE_SIZE + 7):
        pair = ("ACTIVATED", "DEACTIVATED") if number % 2 else ("DEACTIVATED", "ACTIVATED")
        ChangeLogFactory(
            sim=old_sim, original=pair[0], target=pair[1], happened_at=ago(hours=number // 2, minutes=5)
        )
    seen: list[Entry] = []
    before, pages = None, 0
    while pages == 0 or before is not None:
        page = timeline(old_sim, before=before, kind=kind)
        seen += page.entries
        before, pages = page.older, pages + 1
    assert pages == 3
    assert len([entry for entry in seen if entry.kind == "status"]) == 2 * PAGE_SIZE + 7
    assert [entry.at for entry in seen] == sorted((entry.at for entry in seen), reverse=True)


def test_more_versions_than_a_look_takes_are_still_all_told(old_sim: Sim) -> None:
    for number in range(130):
        was(old_sim, ago(hours=number + 1), ago(hours=number), deviceInfo=[{"imei": str(number)}])
    seen: list[tuple[Any, ...]] = []
    before, pages = None, 0
    while pages == 0 or before is not None:
        page = timeline(old_sim, before=before, kind="identity")
        seen += [told(entry) for entry in page.entries if str(entry.title) == "IMEI"]
        before, pages = page.older, pages + 1
    assert len(seen) == 130
    assert len(set(seen)) == 130


def test_the_button_brings_the_older_part_and_works_as_a_link(
    viewer: User, sign_in: SignIn, old_sim: Sim
) -> None:
    for number in range(PAGE_SIZE + 3):
        ChangeLogFactory(
            sim=old_sim, type="IMEI_CHANGE", target=f"imei-{number}-", happened_at=ago(hours=number)
        )
    browser, url = sign_in(viewer), f"/sims/{old_sim.giccid}/timeline/"
    first = browser.get(url)
    assert f"imei-{PAGE_SIZE}-" not in first.content.decode()
    older = first.context["older_url"]
    for headers in ({}, {"HX-Request": "true"}):
        text = browser.get(older, headers=headers).content.decode()
        assert f"imei-{PAGE_SIZE}-" in text
        assert f"imei-{PAGE_SIZE - 1}-" not in text
        assert ("<html" in text) is not headers


@pytest.mark.parametrize(
    "query",
    ["before=x", "before=0001-01-01", "before=9999-12-31T23:59:59Z", "kind=nothing", "before=2026-02-30"],
)
def test_a_strange_address_shows_what_there_is(
    viewer: User, sign_in: SignIn, old_sim: Sim, query: str
) -> None:
    assert sign_in(viewer).get(f"/sims/{old_sim.giccid}/timeline/?{query}").status_code == 200


def test_a_change_of_another_enterprises_sim_of_that_number_is_not_told(
    old_sim: Sim, foreign_sim: Sim
) -> None:
    twin = SimFactory(
        account=foreign_sim.account, giccid=old_sim.giccid, raw=sim_payload(old_sim.giccid, imei="7")
    )
    ChangeLogFactory(sim=twin)
    SimVersionFactory(sim=twin)
    assert stream(old_sim) == []
