"""The one door into the mirror: what a payload becomes, and what costs nothing."""

from typing import Any

import pytest
from django.db import connection, transaction

from enterprise.models import Account, Enterprise
from mirror.apply import Applied, _merge_sql, apply
from mirror.models import RejectedPayload
from sims.models import Sim
from sims.spec import SIM
from tests.factories import SimFactory, sim_payload
from tests.mirror.conftest import GICCID, Put, at, origin_of

pytestmark = pytest.mark.django_db
SIDE = "currentSupplementaryServicePackages"


def row_version(giccid: str = GICCID) -> tuple[Any, ...]:
    """Changes with every write to the row, whatever it writes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text, ctid::text FROM sims_sim WHERE giccid = %s", [giccid])
        return tuple(cursor.fetchone())


def test_a_new_payload_becomes_a_row(put: Put, payload: dict[str, Any], account: Account) -> None:
    assert put(payload) == Applied(created=1, keys=frozenset({GICCID}))
    sim = Sim.objects.get()
    assert sim.raw == payload
    assert (sim.enterprise, sim.account, sim.giccid) == (account.enterprise, account, GICCID)
    assert (sim.status, sim.imsi, sim.msisdn, sim.imei) == (
        "ACTIVATED",
        "460040000000001",
        "8614700000001",
        "35200000000001",
    )
    assert (sim.observed_at, sim.observed_by, sim.missing_since) == (at(0), "sweep", None)
    assert sim.search_text == f"{GICCID} 460040000000001 8614700000001 35200000000001 "


def test_a_changed_payload_changes_the_row_and_keeps_its_first_day(put: Put, payload: dict[str, Any]) -> None:
    put(payload)
    first = Sim.objects.get()
    assert put(payload | {"status": "DEACTIVATED"}, seconds=5, source="detail").changed == 1
    sim = Sim.objects.get()
    assert (sim.pk, sim.first_seen_at) == (first.pk, first.first_seen_at)
    assert (sim.status, sim.observed_at, sim.observed_by) == ("DEACTIVATED", at(5), "detail")


def test_an_unchanged_payload_writes_nothing(put: Put, payload: dict[str, Any]) -> None:
    put(payload)
    before = row_version()
    shuffled = dict(reversed(payload.items()))
    assert put(shuffled, seconds=5) == Applied(unchanged=1, keys=frozenset({GICCID}))
    assert row_version() == before
    assert Sim.objects.get().observed_at == at(0)


def test_a_direct_read_notes_its_time_on_an_unchanged_row(put: Put, payload: dict[str, Any]) -> None:
    put(payload)
    assert put(payload, seconds=5, is_direct=True, source="detail").unchanged == 1
    sim = Sim.objects.get()
    assert (sim.observed_at, sim.observed_by) == (at(5), "detail")
    put(payload, seconds=3, is_direct=True)
    assert Sim.objects.get().observed_at == at(5)


def test_a_factory_row_counts_as_unchanged(put: Put, account: Account) -> None:
    sim = SimFactory(account=account)
    assert put(sim.raw).unchanged == 1


def test_the_same_payload_from_another_account_moves_the_sim(
    put: Put, payload: dict[str, Any], other_account: Account
) -> None:
    put(payload)
    assert put(payload, seconds=1, account=other_account).changed == 1
    assert Sim.objects.get().account == other_account


def test_the_hash_covers_the_whole_context_however_long() -> None:
    long = {"enterprise_long_column_name": "x" * 80}
    first = origin_of(Account(pk=1, enterprise_id=1)).context
    assert first != origin_of(Account(pk=2, enterprise_id=1)).context
    from_long = [repr(sorted((long | {"z": n}).items())).encode() for n in (1, 2)]
    from mirror.spec import hash_of  # noqa: PLC0415

    assert hash_of(b"{}", from_long[0]) != hash_of(b"{}", from_long[1])


def test_a_key_twice_in_one_call_counts_once_and_the_later_wins(put: Put, payload: dict[str, Any]) -> None:
    assert put(payload, payload | {"status": "RETIRED"}, payload | {"status": "INVENTORY"}).created == 1
    assert Sim.objects.get().status == "INVENTORY"


def test_two_calls_in_one_transaction_both_work(put: Put, payload: dict[str, Any]) -> None:
    with transaction.atomic():
        put(payload)
        assert put(payload | {"status": "RETIRED"}, seconds=1).changed == 1
    assert Sim.objects.get().status == "RETIRED"


def test_a_rollback_leaves_nothing(put: Put, payload: dict[str, Any]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        put(payload, "not even an object")
        raise ZeroDivisionError
    assert not Sim.objects.exists()
    assert not RejectedPayload.objects.exists()
    assert put(payload).created == 1


def test_a_missing_row_that_is_met_again_is_no_longer_missing(put: Put, payload: dict[str, Any]) -> None:
    put(payload)
    Sim.objects.update(missing_since=at(1))
    assert put(payload, seconds=2).changed == 1
    assert Sim.objects.get().missing_since is None


def test_enterprises_sharing_an_iccid_have_a_row_each(
    put: Put, payload: dict[str, Any], foreign_account: Account
) -> None:
    put(payload)
    assert put(payload, account=foreign_account).created == 1
    accounts = set(Sim.objects.values_list("account", flat=True))
    assert len(accounts) == 2
    assert foreign_account.pk in accounts


def test_no_payload_at_all_is_fine(home: Enterprise, put: Put) -> None:
    assert put() == Applied()


def test_a_list_item_keeps_what_only_a_detail_tells(put: Put, payload: dict[str, Any]) -> None:
    put(payload | {SIDE: [{"name": "Addon"}]}, is_detail=True)
    put(payload | {"status": "RETIRED"}, seconds=1)
    sim = Sim.objects.get()
    assert (sim.status, sim.supplementary) == ("RETIRED", [{"name": "Addon"}])
    assert SIDE not in sim.raw


def test_a_detail_changes_it_also_when_nothing_else_changed(put: Put, payload: dict[str, Any]) -> None:
    put(payload)
    assert Sim.objects.get().supplementary is None
    assert put(payload | {SIDE: [{"name": "Addon"}]}, seconds=1, is_detail=True).unchanged == 1
    assert Sim.objects.get().supplementary == [{"name": "Addon"}]


def test_a_detail_without_it_says_that_there_is_none(put: Put, payload: dict[str, Any]) -> None:
    put(payload | {SIDE: [{"name": "Addon"}]}, is_detail=True)
    put(payload, seconds=1, is_detail=True)
    assert Sim.objects.get().supplementary == []


def test_an_older_detail_does_not_bring_an_old_package_back(put: Put, payload: dict[str, Any]) -> None:
    put(payload | {SIDE: []}, is_detail=True)
    put(payload | {SIDE: [{"name": "New"}]}, seconds=9, is_detail=True)
    put(payload | {SIDE: [{"name": "Old"}]}, seconds=5, is_detail=True)
    assert Sim.objects.get().supplementary == [{"name": "New"}]


def test_a_refused_detail_changes_no_package_either(put: Put, payload: dict[str, Any]) -> None:
    put(payload | {SIDE: []}, is_detail=True)
    assert put(payload | {"status": 7, SIDE: [{"name": "X"}]}, seconds=1, is_detail=True).rejected == 1
    assert Sim.objects.get().supplementary == []


def test_the_sql_is_understood_by_postgresql_15(account: Account) -> None:
    sql = _merge_sql(SIM, ["enterprise_id", "giccid"]).upper()
    assert "RETURNING" not in sql  # from 17 on
    assert "NOT MATCHED BY SOURCE" not in sql


def test_a_page_of_one_hundred_costs_few_statements(
    account: Account, django_assert_max_num_queries: Any
) -> None:
    page = [sim_payload(f"{number:019d}") for number in range(100)]
    with django_assert_max_num_queries(10):
        apply(SIM, page, origin_of(account))
    with django_assert_max_num_queries(4):
        apply(SIM, page, origin_of(account, 1))
