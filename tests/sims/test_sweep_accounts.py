"""Accounts and SIMs that make trouble while a sweep reads them."""

from collections.abc import Iterator
from typing import Any

import pytest

from enterprise.models import Account, Enterprise
from mirror.models import RejectedPayload, SeenKey, SyncRun
from sims.models import Sim
from tests.factories import SimFactory, sim_payload
from tests.support.compare import assert_mirror_equals
from tests.support.platform import Answer, Asked, ScriptedPlatform, answer, error, sims
from tests.support.sweeps import drive, new_run, piece, sweep

pytestmark = pytest.mark.django_db
State = SyncRun.State


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform({"A": sims(150), "B": sims(20, start=500)}) as platform:
        yield platform


def everything(platform: ScriptedPlatform) -> list[dict[str, Any]]:
    return [item for items in platform.accounts.values() for item in items] + platform.orphans


def present() -> int:
    return Sim.objects.filter(missing_since=None).count()


def test_a_name_of_400_chinese_characters_is_read_like_any_other(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    name = "寰宇物联科技有限公司" * 40
    platform.accounts[name] = sims(101, start=900)
    run = sweep(enterprise)
    assert run.state == State.SUCCEEDED
    assert Account.objects.get(name=name).sims.count() == 101
    assert_mirror_equals(enterprise, everything(platform), at_least=271)


def test_a_name_that_is_too_long_is_refused_and_its_sims_are_found_without_it(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.accounts["名" * 401] = sims(7, start=900)
    run = sweep(enterprise)
    assert (run.state, run.rejected) == (State.SUCCEEDED, 1)
    assert RejectedPayload.objects.get().target == "enterprise_account"
    assert Sim.objects.filter(account=None).count() == 7


def test_an_empty_account_is_complete(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    platform.accounts["Empty"] = []
    run = sweep(enterprise)
    assert run.state == State.SUCCEEDED
    assert Account.objects.get(name="Empty").swept_at == run.started_at
    assert platform.pages_of("Empty") == 1


def test_sims_in_no_account_are_found_and_not_doubled(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.orphans = sims(130, start=2000)
    run = sweep(enterprise)
    assert (run.state, run.seen, run.created) == (State.SUCCEEDED, 300, 300)
    assert Sim.objects.filter(account=None).count() == 130
    assert Sim.objects.exclude(account=None).count() == 170
    again = sweep(enterprise)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 300)
    platform.orphans.pop()
    sweep(enterprise)
    assert_mirror_equals(enterprise, everything(platform), at_least=299)


def test_nobody_looks_for_them_when_the_accounts_list_everything(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    sweep(enterprise)
    assert platform.pages_of(None) == 0


def test_an_enterprise_without_accounts_still_shows_its_sims(enterprise: Enterprise) -> None:
    sim = SimFactory(account=None, enterprise=enterprise, giccid="0" * 18 + "1")
    with ScriptedPlatform({}, orphans=sims(5)):
        run = sweep(enterprise)
    sim.refresh_from_db()
    assert (run.state, run.seen, present()) == (State.SUCCEEDED, 5, 5)
    assert sim.missing_since is None


def test_an_account_that_vanishes_while_it_is_read_does_not_end_the_sweep(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    sweep(enterprise)

    def vanish(asked: Asked) -> Answer | None:
        if asked.account == "A" and asked.query.get("page") == "1":
            del platform.accounts["A"]
            platform.before = lambda _asked: None
        return None

    platform.before = vanish
    run = sweep(enterprise)
    assert (run.state, present()) == (State.INCOMPLETE, 170)
    assert "A" in run.error
    run = sweep(enterprise)
    assert (run.state, present()) == (State.SUCCEEDED, 20)
    assert Account.objects.get(name="A").missing_since is not None


def test_a_sim_that_leaves_between_two_pages_is_noticed_by_reading_the_account_again(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    sweep(enterprise)
    platform.asked.clear()

    def leave(asked: Asked) -> Answer | None:
        if asked.query.get("page") == "1":
            del platform.accounts["A"][3]  # moves a SIM from the second page to the first, unseen
            platform.before = lambda _asked: None
        return None

    platform.before = leave
    run = sweep(enterprise)
    assert (run.state, platform.pages_of("A")) == (State.SUCCEEDED, 4)
    assert run.seen == 169
    assert_mirror_equals(enterprise, everything(platform), at_least=169)


def test_an_account_that_never_stands_still_is_incomplete_and_nothing_is_marked_there(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    sweep(enterprise)
    before = Account.objects.get(name="A").swept_at
    numbers = iter(range(9000, 10_000))

    def churn(asked: Asked) -> Answer | None:
        if asked.account == "A":
            platform.accounts["A"].pop(0)
            platform.accounts["A"] += sims(2, start=next(numbers) * 10)
        return None

    platform.before = churn
    del platform.accounts["B"][0]
    run = sweep(enterprise)
    assert run.state == State.INCOMPLETE
    assert Sim.objects.exclude(missing_since=None).get().account == Account.objects.get(name="B")
    assert Account.objects.get(name="A").swept_at == before
    assert Account.objects.get(name="B").swept_at == run.started_at
    platform.before = lambda _asked: None
    sweep(enterprise)
    assert_mirror_equals(enterprise, everything(platform), at_least=169)


@pytest.mark.parametrize("told", [1, 37, 100, 5000])
def test_a_page_size_that_is_a_lie_is_not_believed(
    enterprise: Enterprise, platform: ScriptedPlatform, told: int
) -> None:
    platform.told_size = told
    run = new_run(enterprise)
    while piece(run, seconds=0).is_open:
        pass
    assert run.state == State.SUCCEEDED
    assert_mirror_equals(enterprise, everything(platform), at_least=170)


@pytest.mark.parametrize("told", [0, 3, 171, 100_000])
def test_a_total_that_is_a_lie_marks_nothing_missing(
    enterprise: Enterprise, platform: ScriptedPlatform, told: int
) -> None:
    sweep(enterprise)
    platform.told_total = told
    run = sweep(enterprise)
    assert run.state == State.INCOMPLETE
    assert present() == 170


def test_an_account_that_is_suddenly_empty_does_not_lose_its_sims(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    sweep(enterprise)
    platform.before = lambda asked: (
        answer({"data": [], "page": 0, "size": 100, "total": 0}) if asked.account == "A" else None
    )
    sweep(enterprise)
    assert present() == 170


@pytest.mark.parametrize(
    "bad",
    [
        {"status": None},
        {"giccid": 12345},
        {"giccid": None},
        {"giccid": ["x"]},
        {"po": "a\0"},
        {"po": "\ud800"},
    ],
)
def test_one_bad_sim_keeps_no_account_from_being_complete(
    enterprise: Enterprise, platform: ScriptedPlatform, bad: dict[str, Any]
) -> None:
    platform.accounts["A"][7] |= bad
    platform.accounts["A"][8:10] = []
    run = sweep(enterprise)
    assert (run.state, run.rejected, run.seen, present()) == (State.SUCCEEDED, 1, 168, 167)
    assert RejectedPayload.objects.get().run == run


def test_a_bad_sim_is_counted_once_per_content_over_all_sweeps(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.accounts["B"][0] = {"giccid": "1"}
    platform.orphans = [{"giccid": 7}, "text"]  # type: ignore[list-item]
    for _ in range(3):
        assert sweep(enterprise).state == State.SUCCEEDED
    assert sorted(RejectedPayload.objects.values_list("times", flat=True)) == [3, 3, 3]


def test_a_known_sim_whose_payload_is_refused_is_not_missing(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    sweep(enterprise)
    platform.accounts["A"][0] = platform.accounts["A"][0] | {"po": "\0"}
    platform.accounts["A"][1] = platform.accounts["A"][1] | {"status": 5}
    assert sweep(enterprise).state == State.SUCCEEDED
    assert present() == 170


def test_a_sim_that_changed_its_account_behind_the_sweep_is_found_before_the_end(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    sweep(enterprise)

    def move(asked: Asked) -> Answer | None:
        if asked.account == "B":  # A has been read already
            platform.accounts["A"].append(platform.accounts["B"].pop())
            platform.before = lambda _asked: None
        return None

    platform.before = move
    sweep(enterprise)
    assert present() == 170
    sweep(enterprise)
    assert Account.objects.get(name="A").sims.count() == 151


def test_a_superseded_worker_writes_neither_rows_nor_keys(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    """The page of the old holder arrives after another has taken the run."""
    run = new_run(enterprise)

    def overtake(asked: Asked) -> Answer | None:
        if asked.account == "A" and asked.query.get("page") == "1":
            platform.before = lambda _asked: None
            drive(run)
            Sim.objects.all().delete()
            assert not run.is_open
        return None

    platform.before = overtake
    piece(run)
    assert not Sim.objects.exists()
    assert not SeenKey.objects.exists()
    assert (run.state, run.seen) == (State.SUCCEEDED, 170)


def test_a_refused_page_without_an_account_fails_the_run(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.orphans = [sim_payload("7")]
    platform.before = lambda a: (
        error(422, "invalid") if a.account is None and a.query.get("size") == "100" else None
    )
    run = sweep(enterprise)
    assert (run.state, run.error_kind) == (State.FAILED, "other")
    assert present() == 170
