"""Share pools, read every 15 minutes; they go only when a list was read completely."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from enterprise import pools
from enterprise.models import Account, Enterprise, SharePool
from mirror.models import RejectedPayload, SeenKey, SyncRun
from tests.factories import AccountFactory, SharePoolFactory
from tests.support.platform import Answer, Asked, ScriptedPlatform, answer, error
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import POOLS, claimed, drive, new_run, piece, refresh

pytestmark = pytest.mark.django_db
State, Kind = SyncRun.State, SyncRun.ErrorKind


def pool(number: int, account: str | None = "A", **values: Any) -> dict[str, Any]:
    figures = {"totalData": 1000, "usedData": 250, "remainingData": 750, "simCount": 4}
    return {"name": f"Pool {number}", "accountName": account, "status": "ENABLED"} | figures | values


@pytest.fixture
def platform(enterprise: Enterprise) -> Iterator["Pools"]:
    AccountFactory(enterprise=enterprise, name="A")
    with Pools({"A": []}) as platform:
        yield platform


class Pools(ScriptedPlatform):
    """Serves `pools` page by page; `told` replaces the total."""

    pools: list[Any] = []
    told: int | None = None

    def _usual(self, asked: Asked) -> Answer:
        if asked.path != "/share-pools":
            return super()._usual(asked)
        page, size = int(asked.query.get("page", 0)), int(asked.query["size"])
        rows = self.pools[page * size : (page + 1) * size]
        total = len(self.pools) if self.told is None else self.told
        return answer({"data": rows, "page": page, "size": size, "total": total})


@pytest.mark.servers
def test_it_mirrors_the_pools_of_the_sandbox(sandbox: SandboxProcess, connected: Enterprise) -> None:
    refresh(connected)
    run = drive(new_run(connected, POOLS))
    assert (run.state, run.requests) == (State.SUCCEEDED, 1)
    found = SharePool.objects.filter(enterprise=connected)
    assert found.count() == run.seen == run.expected > 0
    for row in found:
        assert row.account is not None and row.account.name == row.account_name
        assert (
            row.total_mb
            and row.used_mb is not None
            and row.used_share == pytest.approx(row.used_mb / row.total_mb)
        )
        assert row.sim_count and row.starts_at and row.ends_at and row.starts_at < row.ends_at
    again = drive(new_run(connected, POOLS))
    assert (again.created, again.seen) == (0, run.seen)


def test_several_pages_and_pieces_make_one_list(enterprise: Enterprise, platform: Pools) -> None:
    platform.pools = [pool(number) for number in range(230)]
    run, pieces = new_run(enterprise, POOLS), 0
    while piece(run, seconds=0).is_open:
        pieces += 1
    assert (run.state, run.seen, run.requests, pieces) == (State.SUCCEEDED, 230, 3, 2)
    assert SharePool.objects.count() == 230
    assert not SeenKey.objects.exists()


def test_a_pool_no_longer_listed_is_marked_and_comes_back(enterprise: Enterprise, platform: Pools) -> None:
    platform.pools = [pool(1), pool(2)]
    drive(new_run(enterprise, POOLS))
    platform.pools = [pool(1)]
    drive(new_run(enterprise, POOLS))
    assert [row.name for row in SharePool.objects.present()] == ["Pool 1"]
    platform.pools = [pool(1), pool(2)]
    drive(new_run(enterprise, POOLS))
    assert SharePool.objects.present().count() == SharePool.objects.count() == 2


def test_pools_of_another_enterprise_stay(
    enterprise: Enterprise, platform: Pools, foreign_account: Account
) -> None:
    theirs = SharePoolFactory(account=foreign_account)
    drive(new_run(enterprise, POOLS))
    theirs.refresh_from_db()
    assert theirs.missing_since is None


@pytest.mark.parametrize(
    ("listed", "told"),
    [([pool(1)], 2), ([pool(1), {"name": 5}], None), ([pool(1), "odd"], None), ([], 1)],
    ids=["fewer than announced", "one refused", "no object", "an empty page"],
)
def test_an_incomplete_list_marks_nobody(
    enterprise: Enterprise, platform: Pools, listed: list[Any], told: int | None
) -> None:
    platform.pools = [pool(1), pool(2)]
    drive(new_run(enterprise, POOLS))
    platform.pools, platform.told = listed, told
    run = drive(new_run(enterprise, POOLS))
    assert run.state == State.INCOMPLETE
    assert SharePool.objects.present().count() == 2
    assert run.rejected == RejectedPayload.objects.count()


def test_a_pool_belongs_to_the_account_it_names_or_to_nobody(enterprise: Enterprise, platform: Pools) -> None:
    platform.pools = [pool(1), pool(2, "Unknown"), pool(3, None), pool(4, 7)]  # type: ignore[arg-type]
    run = drive(new_run(enterprise, POOLS))
    assert run.rejected == 1
    owners = {row.name: row.account and row.account.name for row in SharePool.objects.all()}
    assert owners == {"Pool 1": "A", "Pool 2": None, "Pool 3": None}
    AccountFactory(enterprise=enterprise, name="Unknown")
    platform.pools = platform.pools[:3]
    drive(new_run(enterprise, POOLS))
    assert SharePool.objects.get(name="Pool 2").account.name == "Unknown"  # type: ignore[union-attr]


def test_without_accounts_they_are_learnt_first(db: None, enterprise: Enterprise) -> None:
    with Pools({"A": []}) as platform:
        platform.pools = [pool(1)]
        drive(new_run(enterprise, POOLS))
    assert [asked.path for asked in platform.asked] == ["/enterprise", "/share-pools"]
    assert SharePool.objects.get().account is not None


def test_a_failure_waits_and_goes_on(enterprise: Enterprise, platform: Pools) -> None:
    platform.pools = [pool(1)]
    platform.before = lambda _asked: error(503)
    run = piece(new_run(enterprise, POOLS))
    assert (run.state, run.error_kind) == (State.WAITING, Kind.DOWN)
    platform.before = lambda _asked: None
    assert (drive(run).state, run.seen, run.error) == (State.SUCCEEDED, 1, "")


def test_a_worker_killed_before_the_conclusion_leaves_it_to_the_next(
    enterprise: Enterprise, platform: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.pools = [pool(1)]
    run = new_run(enterprise, POOLS)
    with monkeypatch.context() as patch:
        patch.setattr(pools, "_conclude", lambda _run: None)
        piece(run)
    assert run.is_open
    assert drive(run).state == State.SUCCEEDED
    assert len(platform.asked) == 1


def test_a_superseded_worker_writes_nothing(enterprise: Enterprise, platform: Pools) -> None:
    platform.pools = [pool(1)]
    old = claimed(new_run(enterprise, POOLS))
    SyncRun.objects.update(fence=99)
    pools.advance(old)
    assert not SharePool.objects.exists()


def test_it_is_due_every_quarter_of_an_hour(enterprise: Enterprise) -> None:
    slots = [
        {due.slot for due in pools.JOB.due(datetime(2026, 5, 1, 13, minute, tzinfo=UTC))}
        for minute in (0, 14, 15)
    ]
    assert slots[0] == slots[1] and slots[1].isdisjoint(slots[2])
