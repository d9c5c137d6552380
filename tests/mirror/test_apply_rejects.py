"""What can't become a row is kept word for word, and harms nothing beside it."""

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from enterprise.models import Account
from enterprise.specs import ACCOUNT, PACKAGE
from mirror.apply import Origin, apply
from mirror.models import RejectedPayload
from sims.models import Sim
from sims.spec import SIM
from tests.factories import SyncRunFactory, sim_payload
from tests.mirror.conftest import GICCID, Put, at, origin_of

pytestmark = pytest.mark.django_db
GOOD = "8986000000000000099"
ODD = {
    "NUL": ({"po": "a\0b"}, "NUL"),
    "NUL behind backslashes": ({"po": "a\\\\\0"}, "NUL"),
    "half a character": ({"po": "\ud800"}, "not storable as JSON"),
    "65 bits": ({"po": 2**64}, "not storable as JSON"),
    "no status": ({"status": None}, "status is missing"),
    "empty status": ({"status": ""}, "status is missing"),
    "status as a number": ({"status": 7}, "status must be text"),
    "devices as an object": ({"deviceInfo": {"imsi": "1"}}, "deviceInfo must be a list"),
    "an IMSI as a number": ({"deviceInfo": [{"imsi": 460}]}, "imsi must be text"),
    "usage as text": ({"currentCycleUsages": {"dataUsage": "12"}}, "dataUsage must be a number"),
    "usage as truth": ({"currentCycleUsages": {"dataUsage": True}}, "dataUsage must be a number"),
    "package as text": ({"currentBasicServicePackage": "Gold"}, "must be an object"),
    "2,000 characters": ({"currentBasicServicePackage": {"name": "名" * 2000}}, "2000 characters"),
    "no time": ({"sellTime": "yesterday"}, "sellTime is not a time"),
    "a time without a zone": ({"sellTime": "2026-01-01T00:00:00"}, "sellTime is not a time"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_payload_is_kept_word_for_word_and_the_rest_is_stored(put: Put, name: str) -> None:
    changes, reason = ODD[name]
    odd = sim_payload(GICCID) | changes
    applied = put(sim_payload(GOOD), odd)
    assert (applied.created, applied.rejected) == (1, 1)
    assert Sim.objects.get().giccid == GOOD
    kept = RejectedPayload.objects.get()
    assert json.loads(kept.payload) == odd
    assert kept.payload.isascii()
    assert reason in kept.reason
    assert (kept.target, kept.source, kept.key, kept.times) == ("sims_sim", "sweep", GICCID, 1)


@pytest.mark.parametrize(
    ("giccid", "key"),
    [
        (8986000000000000001, GICCID),
        ("89860x", "89860x"),
        ("٣٤٥", "٣٤٥"),
        ("", ""),
        ("12\0", "12"),
        ("\ud800", "?"),
        ("1" * 33, "1" * 33),
        ("1" * 99, "1" * 64),
        (None, ""),
        (["1"], ""),
        (True, ""),
        pytest.param(10**5000, "0x", id="5,000 digits"),
    ],
)
def test_an_iccid_that_is_none_is_refused_but_counts_as_met(put: Put, giccid: Any, key: str) -> None:
    applied = put(sim_payload(GOOD), sim_payload(GICCID) | {"giccid": giccid})
    assert (applied.created, applied.rejected) == (1, 1)
    kept = RejectedPayload.objects.get()
    assert kept.key.startswith(key)
    assert len(applied.stand_ins) == 1
    assert all(0 < len(name) <= 64 for name in applied.stand_ins)


@pytest.mark.parametrize("payload", [None, 7, "text", [], [{"giccid": GICCID}], math.nan])
def test_what_is_no_object_is_refused(put: Put, payload: Any) -> None:
    assert put(payload, sim_payload(GOOD)).rejected == 1
    assert RejectedPayload.objects.get().key == ""


def test_not_a_number_is_refused(put: Put) -> None:
    assert put(sim_payload(GICCID) | {"currentCycleUsages": {"dataUsage": math.inf}}).rejected == 1


@pytest.mark.parametrize("where", ["po", "giccid", "status", "deviceInfo"])
def test_one_hundred_thousand_brackets_are_refused_and_kept(put: Put, where: str) -> None:
    deep: list[Any] = []
    for _ in range(99_999):
        deep = [deep]
    applied = put(sim_payload(GICCID) | {where: deep}, sim_payload(GOOD))
    assert (applied.created, applied.rejected) == (1, 1)
    assert "[" * 90_000 in RejectedPayload.objects.get().payload


def test_the_same_content_is_kept_once_and_counted(put: Put, account: Account) -> None:
    run = SyncRunFactory(enterprise=account.enterprise)
    bad = sim_payload(GICCID, status=None)
    put(bad)
    put(bad, seconds=5, run_id=run.pk)
    put(sim_payload(GICCID, status=5))
    assert list(RejectedPayload.objects.order_by("pk").values_list("times", "run")) == [
        (2, run.pk),
        (1, None),
    ]


def test_a_refused_payload_leaves_its_row_as_it_was_and_names_its_key(put: Put) -> None:
    put(sim_payload(GICCID))
    applied = put(sim_payload(GICCID, status=None), seconds=5)
    assert applied.keys == {GICCID}
    assert (Sim.objects.get().status, Sim.objects.get().observed_at) == ("ACTIVATED", at(0))


def test_names_with_half_characters_harm_accounts_and_packages_no_more(account: Account) -> None:
    bad = [{"name": "\ud800"}, {"name": "a\0"}, {"name": "x" * 2000}, {"name": None}, {}]
    enterprise_id = account.enterprise_id
    assert apply(ACCOUNT, [*bad, {"name": "Good"}], Origin(enterprise_id, "refresh", at(0))).rejected == 5
    scoped = Origin(enterprise_id, "refresh", at(0), {"account_id": account.pk})
    assert apply(PACKAGE, [*bad, {"name": "Good"}], scoped).rejected == 5
    assert account.enterprise.accounts.filter(name="Good").exists()
    assert account.service_packages.get().name == "Good"


def json_values() -> st.SearchStrategy[Any]:
    text = st.text(st.characters(codec=None, categories=None, exclude_categories=()), max_size=12)
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | text
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
        max_leaves=8,
    )


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(
    st.dictionaries(st.sampled_from([*sim_payload(GICCID), "po"]), json_values(), max_size=5), st.booleans()
)
@example({"sellTime": "0001-01-01T00:00:00+1400", "activatedTime": "9999-12-31T23:59:59-1200"}, False)
@example({"currentCycleUsages": {"dataUsage": 5e-324, "smsUsage": 1.7e308}}, True)
def test_nothing_a_platform_may_send_makes_the_door_fail(
    account: Account, changes: dict[str, Any], is_detail: bool
) -> None:
    Sim.objects.all().delete()
    page = [sim_payload(GICCID) | changes, sim_payload(GOOD)]
    applied = apply(SIM, page, origin_of(account, is_detail=is_detail))
    assert applied.created + applied.rejected == 2
    assert Sim.objects.filter(giccid=GOOD).exists()
