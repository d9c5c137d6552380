"""Reading hinted SIMs back, up to 100 in one call."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from enterprise.models import Account, Enterprise
from mirror.jobs import job_named
from mirror.models import RejectedPayload, SyncRun
from sims import readback as job
from sims.hints import hint
from sims.models import Hint, Sim
from tests.factories import SimFactory, sim_payload
from tests.support.platform import Answer, Asked, ScriptedPlatform, answer, error, sims
from tests.support.sweeps import READ_BACK, drive, new_run, piece, read_back

pytestmark = pytest.mark.django_db
State = SyncRun.State


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform({"A": sims(150), "B": sims(20, start=500)}) as platform:
        yield platform


def giccids(*numbers: int) -> list[str]:
    return [f"{number:019d}" for number in numbers]


def overdue() -> None:
    """Every hint's wait is over."""
    Hint.objects.update(run_at=timezone.now())


def test_each_row_is_written_and_stays_in_its_account(
    account: Account, other_account: Account, platform: ScriptedPlatform
) -> None:
    for number, home in ((1, account), (2, other_account), (3, None)):
        SimFactory(
            account=home,
            enterprise=account.enterprise,
            giccid=f"{number:019d}",
            raw=sim_payload(f"{number:019d}"),
        )
    for item in platform.accounts["A"]:
        item["status"] = "DEACTIVATED"
    hint(account.enterprise_id, giccids(1, 2, 3), "delta")
    run = read_back(account.enterprise)
    assert (run.state, run.requests, run.seen, run.changed) == (State.SUCCEEDED, 1, 3, 3)
    rows = Sim.objects.order_by("giccid").values_list("status", "account", "account_name", "observed_by")
    assert list(rows) == [
        ("DEACTIVATED", account.pk, account.name, "read-back"),
        ("DEACTIVATED", other_account.pk, other_account.name, "read-back"),
        ("DEACTIVATED", None, None, "read-back"),
    ]
    assert not Hint.objects.exists()


def test_an_unchanged_sim_counts_as_such_and_notes_when_it_was_read(
    account: Account, platform: ScriptedPlatform
) -> None:
    sim = SimFactory(account=account, giccid=f"{1:019d}", raw=platform.accounts["A"][1])
    hint(account.enterprise_id, [sim.giccid], "delta")
    run = read_back(account.enterprise)
    after = Sim.objects.get()
    assert (run.unchanged, run.changed, after.row_hash) == (1, 0, sim.row_hash)
    assert after.observed_at > sim.observed_at and after.observed_by == "read-back"


def test_a_sim_nobody_knew_is_stored_without_an_account(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    hint(enterprise.pk, giccids(7), "delta")
    assert read_back(enterprise).created == 1
    assert Sim.objects.get().account is None


def test_ten_thousand_hints_cost_a_hundred_calls(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    platform.accounts = {"A": sims(10_000)}
    hint(enterprise.pk, giccids(*range(10_000)), "delta")
    run = read_back(enterprise)
    assert (run.state, run.requests, run.seen) == (State.SUCCEEDED, 100, 10_000)
    assert len(platform.asked) == 100
    assert not Hint.objects.exists()


def test_a_hint_set_while_its_sim_is_read_wants_another_read(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    hint(enterprise.pk, giccids(1, 2), "delta")

    now = timezone.now()

    def meanwhile(_asked: Asked) -> None:
        platform.before = lambda _asked: None
        hint(enterprise.pk, giccids(2), "push", now + timedelta(minutes=1))

    platform.before = meanwhile
    read_back(enterprise)
    assert [asked.query["giccids"] for asked in platform.asked] == [",".join(giccids(1, 2))]
    left = Hint.objects.get()
    assert (left.giccid, left.attempts) == (giccids(2)[0], 0)
    assert left.run_at == left.hinted_at, "nobody asks over and over because a clock is ahead"
    Hint.objects.update(hinted_at=now, run_at=now)
    read_back(enterprise)
    assert platform.asked[1].query["giccids"] == giccids(2)[0]
    assert not Hint.objects.exists()


def test_what_people_asked_for_is_read_first(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    hint(enterprise.pk, giccids(*range(150)), "delta")
    hint(enterprise.pk, giccids(505), "person")
    piece(new_run(enterprise, READ_BACK), seconds=0)
    assert giccids(505)[0] in platform.asked[0].query["giccids"]


def test_an_answer_that_leaves_some_out_settles_the_others_and_asks_again_later(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    hint(enterprise.pk, giccids(1, 2, 3), "delta")
    found = [platform.accounts["A"][1]]
    platform.before = lambda _asked: answer({"data": found, "page": 0, "size": 100, "total": 3})
    run = read_back(enterprise)
    assert (run.state, run.seen) == (State.SUCCEEDED, 1)
    left = Hint.objects.order_by("giccid")
    assert [(row.giccid, row.attempts) for row in left] == [(giccid, 1) for giccid in giccids(2, 3)]
    waits = {round((row.run_at - timezone.now()).total_seconds()) for row in left}
    assert waits <= {4, 5}


def test_after_eight_attempts_it_gives_up_and_names_the_sim(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    hint(enterprise.pk, giccids(1), "delta")
    platform.before = lambda _asked: answer({"data": [], "page": 0, "size": 100, "total": 3})
    for attempt in range(1, job.ATTEMPTS):
        assert read_back(enterprise).state == State.SUCCEEDED
        assert Hint.objects.get().attempts == attempt
        overdue()
    run = read_back(enterprise)
    assert (run.state, Hint.objects.count()) == (State.INCOMPLETE, 0)
    assert f"1 SIMs could not be read in 8 attempts: {giccids(1)[0]}" in run.error


def test_one_sim_that_spoils_every_call_does_not_keep_the_others_from_being_read(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    hint(enterprise.pk, giccids(*range(150)), "delta")
    bad = giccids(66)[0]
    platform.before = lambda asked: error(422, "invalid") if bad in asked.query["giccids"] else None
    for _ in range(job.ATTEMPTS + 1):
        read_back(enterprise)
        overdue()
    assert not Hint.objects.exists()
    assert Sim.objects.count() == 149
    assert bad in SyncRun.objects.exclude(error="").latest("pk").error


@pytest.mark.parametrize("status", [500, 408])
def test_while_the_platform_is_down_no_attempt_but_the_first_is_counted(
    enterprise: Enterprise, platform: ScriptedPlatform, status: int
) -> None:
    hint(enterprise.pk, giccids(1), "delta")
    platform.before = lambda _asked: error(status)
    run = new_run(enterprise, READ_BACK)
    for _ in range(5):
        piece(run)
        overdue()
    assert (run.state, run.error_kind) == (State.WAITING, "down")
    assert Hint.objects.get().attempts == 1
    platform.before = lambda _asked: None
    drive(run)
    assert (run.state, run.error, Hint.objects.count()) == (State.SUCCEEDED, "", 0)


def test_429_and_a_refused_key_count_no_attempt(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    hint(enterprise.pk, giccids(1), "delta")
    for status, state in ((401, State.FAILED), (429, State.WAITING)):
        platform.before = lambda _asked, status=status: error(status)  # type: ignore[misc]
        assert piece(SyncRun.objects.open().first() or new_run(enterprise, READ_BACK)).state == state
    assert Hint.objects.get().attempts == 0


def test_a_payload_that_can_not_be_stored_is_an_answer(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.accounts["A"][1]["status"] = None
    hint(enterprise.pk, giccids(1, 2), "delta")
    run = read_back(enterprise)
    assert (run.state, run.rejected, run.created, Hint.objects.count()) == (State.SUCCEEDED, 1, 1, 0)
    assert RejectedPayload.objects.get().source == "read-back"


def test_sims_nobody_asked_for_are_not_written(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    """A platform that ignores `giccids`."""
    hint(enterprise.pk, giccids(1, 700), "delta")
    platform.before = lambda _asked: answer(
        {"data": platform.accounts["B"] + platform.accounts["A"][1:2], "page": 0, "size": 100, "total": 21}
    )
    read_back(enterprise)
    assert [sim.giccid for sim in Sim.objects.all()] == giccids(1)
    assert [row.giccid for row in Hint.objects.all()] == giccids(700)


def test_an_unknown_sim_that_the_platform_does_not_have_either_is_forgotten(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    hint(enterprise.pk, giccids(999), "delta")
    assert read_back(enterprise).state == State.SUCCEEDED
    assert not Hint.objects.exists() and not Sim.objects.exists()


def test_a_sim_the_sweep_has_moved_meanwhile_stays_where_it_is(
    account: Account, other_account: Account, platform: ScriptedPlatform
) -> None:
    sim = SimFactory(account=account, giccid=f"{1:019d}", raw=platform.accounts["A"][1])
    hint(account.enterprise_id, [sim.giccid], "delta")

    def move(_asked: Asked) -> None:
        Sim.objects.filter(pk=sim.pk).update(account=other_account)

    platform.before = move
    read_back(account.enterprise)
    assert Sim.objects.get().account == other_account


def test_a_slot_is_due_when_a_hint_is_and_rests_after_a_failure(
    enterprise: Enterprise, foreign_enterprise: Enterprise
) -> None:
    now = timezone.now()
    assert list(job.due(now)) == []
    hint(enterprise.pk, ["1"], "delta", now + timedelta(seconds=5))
    assert list(job.due(now)) == []
    later = now + timedelta(seconds=5)
    assert [due.enterprise_id for due in job.due(later)] == [enterprise.pk]
    failed = new_run(enterprise, READ_BACK)
    SyncRun.objects.filter(pk=failed.pk).update(state="failed", started_at=now, finished_at=now)
    assert list(job.due(later)) == []
    assert [due.enterprise_id for due in job.due(now + timedelta(minutes=6))] == [enterprise.pk]
    Enterprise.objects.update(is_enabled=False)
    assert list(job.due(now + timedelta(minutes=6))) == []


def test_a_superseded_worker_writes_nothing(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    hint(enterprise.pk, giccids(1), "delta")
    run = new_run(enterprise, READ_BACK)

    def overtake(_asked: Asked) -> Answer | None:
        platform.before = lambda _asked: None
        SyncRun.objects.filter(pk=run.pk).update(fence=99)
        return None

    platform.before = overtake
    job_named(READ_BACK).advance(_held(run))
    assert not Sim.objects.exists()
    assert Hint.objects.get().attempts == 0


def _held(run: SyncRun) -> Any:
    run.state, run.fence = State.RUNNING, 1
    run.save()
    return run
