"""Accounts and service packages, each read once an hour on a slot of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from enterprise import accounts, hooks, packages
from enterprise.models import Account, Enterprise, ServicePackage
from enterprise.pacing import RESERVED
from mirror.models import RejectedPayload, SyncRun
from tests.factories import EnterpriseFactory
from tests.support.budgets import new_window, told
from tests.support.platform import Answer, Asked, ScriptedPlatform, answer, error
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import ACCOUNTS, PACKAGES, claimed, drive, new_run, piece, refresh

pytestmark = pytest.mark.django_db
State, Kind = SyncRun.State, SyncRun.ErrorKind


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform({"A": [], "B": []}) as platform:
        yield platform


def instead(path: str, *answers: Answer) -> Any:
    """Answers requests for `path` like this, one after the other; the last one for ever."""
    left = list(answers)

    def before(asked: Asked) -> Answer | None:
        if asked.path != path:
            return None
        return left.pop(0) if len(left) > 1 else left[0]

    return before


@pytest.mark.servers
def test_it_mirrors_accounts_details_and_packages_of_the_sandbox(
    sandbox: SandboxProcess, connected: Enterprise
) -> None:
    listed, run = refresh(connected)
    connected.refresh_from_db()
    assert (listed.state, listed.requests, listed.seen, listed.expected) == (State.SUCCEEDED, 8, 7, 7)
    assert (run.state, run.requests, run.seen, run.expected) == (State.SUCCEEDED, 7, 7, 7)
    assert connected.remote_name == "寰宇物联科技有限公司"
    prepaid = Account.objects.get(name="北方冷链物流")
    assert (prepaid.charge_type, prepaid.status) == ("PREPAID", "ENABLED")
    assert prepaid.detail is not None and prepaid.detail["balance"] == 182400.5
    packages = prepaid.service_packages.order_by("pk")
    assert [package.name for package in packages] == [
        "Prepaid-Basic-10M",
        "Prepaid-Basic-100M",
        "Prepaid-Basic-1G",
        "Prepaid-Addon-10M",
    ]
    first = packages[0]
    assert (first.type, first.data_quota_mb, first.price, first.currency) == ("BASIC", 10.0, 1.0, "CNY")


@pytest.mark.servers
def test_a_second_read_of_the_same_changes_no_row(connected: Enterprise) -> None:
    refresh(connected)
    before = list(ServicePackage.objects.order_by("pk").values())
    for run in refresh(connected):
        assert (run.created, run.changed) == (0, 0)
    assert list(ServicePackage.objects.order_by("pk").values()) == before


def test_what_is_no_longer_listed_is_marked_and_comes_back(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    refresh(enterprise)
    platform.unlisted = {"B"}
    platform.before = instead("/A/servicePackages", answer({"data": []}))
    refresh(enterprise)
    assert Account.objects.get(name="B").missing_since is not None
    assert ServicePackage.objects.get(account__name="A").missing_since is not None
    assert ServicePackage.objects.get(account__name="B").missing_since is None
    platform.unlisted, platform.before = set(), lambda _asked: None
    refresh(enterprise)
    assert not Account.objects.exclude(missing_since=None).exists()
    assert not ServicePackage.objects.exclude(missing_since=None).exists()


@pytest.mark.parametrize(("job", "path"), [(0, "/account/A"), (1, "/A/servicePackages")])
def test_an_account_that_goes_between_two_reads_harms_nothing(
    enterprise: Enterprise, platform: ScriptedPlatform, job: int, path: str
) -> None:
    platform.before = instead(path, error(422, "missing"))
    run = refresh(enterprise)[job]
    assert (run.state, run.seen) == (State.SUCCEEDED, 1)


@pytest.mark.parametrize(
    "bad",
    [
        answer({"data": "none"}),
        answer([]),
        error(422, "invalid"),
        error(418),
        (200, {"Content-Type": "application/json"}, "{"),
    ],
    ids=["no list", "no object", "refused", "teapot", "no JSON"],
)
def test_an_account_that_can_not_be_read_does_not_hide_the_others(
    enterprise: Enterprise, platform: ScriptedPlatform, bad: Answer
) -> None:
    platform.before = instead("/A/servicePackages", bad)
    _listed, run = refresh(enterprise)
    assert (run.state, run.seen, run.is_open) == (State.INCOMPLETE, 1, False)
    assert run.error == "Accounts that could not be read: 1"
    assert Account.objects.get(name="B").detail is not None


@pytest.mark.parametrize("name", [" ", ".", "..", "a/b", "名/前", "?x=1#y", "%2F", "a" * 400, "-", "é\u0301"])
def test_any_name_can_be_read_or_at_least_does_no_harm(
    enterprise: Enterprise, platform: ScriptedPlatform, name: str
) -> None:
    platform.accounts[name] = []
    listed, run = refresh(enterprise)
    assert {listed.state, run.state} <= {State.SUCCEEDED, State.INCOMPLETE}
    assert Account.objects.exclude(detail=None).count() == listed.seen >= 2
    if name not in (" ", ".", ".."):
        assert Account.objects.get(name=name).detail == {"name": name, "balance": 1}


def test_a_list_with_an_unreadable_account_marks_nobody_missing(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    refresh(enterprise)
    listed = [{"name": "A"}, {"name": 5}, "B", {"name": "\0"}, {"name": "x" * 401}]
    platform.before = instead("/enterprise", answer({"name": "S", "accounts": listed}))
    assert refresh(enterprise)[0].rejected == 4
    assert not Account.objects.exclude(missing_since=None).exists()


def test_unreadable_details_and_packages_are_kept_and_the_rest_is_stored(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    packages = answer({"data": [{"name": "Good"}, {"name": "\ud800"}, {"type": "BASIC"}, 7]})
    detail = answer({"name": "A", "note": "a\0b"})
    platform.before = lambda asked: {"/A/servicePackages": packages, "/account/A": detail}.get(asked.path)
    listed, run = refresh(enterprise)
    assert (listed.state, listed.rejected, listed.seen) == (State.SUCCEEDED, 1, 2)
    assert (run.state, run.rejected, run.seen) == (State.SUCCEEDED, 3, 2)
    assert RejectedPayload.objects.filter(run=run).count() == 3
    assert Account.objects.get(name="A").detail is None
    assert ServicePackage.objects.filter(name="Good").exists()


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 5000])
def test_an_odd_enterprise_name_is_shown_as_far_as_it_can_be(
    enterprise: Enterprise, platform: ScriptedPlatform, name: str
) -> None:
    platform.before = instead("/enterprise", answer({"name": name, "accounts": []}))
    assert {run.state for run in refresh(enterprise)} == {State.SUCCEEDED}
    enterprise.refresh_from_db()
    assert enterprise.remote_name in ("ab", "?", "x" * 400)


def test_an_older_answer_does_not_replace_a_newer_detail(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    refresh(enterprise)
    later = datetime(2100, 1, 1, tzinfo=UTC)
    Account.objects.update(detail={"newer": True}, detail_observed_at=later)
    refresh(enterprise)
    assert Account.objects.first().detail == {"newer": True}


@pytest.mark.parametrize(
    ("job", "paths"),
    [(ACCOUNTS, ["/account/A", "/account/B"]), (PACKAGES, ["/A/servicePackages", "/B/servicePackages"])],
)
def test_it_goes_on_where_it_stopped_and_learns_first_which_accounts_there_are(
    enterprise: Enterprise, platform: ScriptedPlatform, job: str, paths: list[str]
) -> None:
    run, pieces = new_run(enterprise, job), 0
    while piece(run, seconds=0).is_open:
        pieces += 1
    assert (run.state, run.seen, pieces) == (State.SUCCEEDED, 2, 2)
    assert [asked.path for asked in platform.asked] == ["/enterprise", *paths]


def test_it_leaves_the_last_requests_of_the_hour_to_others_and_goes_on_in_the_next(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    told(enterprise, 150)  # of 1,000: lists may use what is left above 20 %
    run = piece(new_run(enterprise, ACCOUNTS))
    assert (run.state, run.error, run.error_kind) == (State.WAITING, RESERVED, Kind.THROTTLED)
    assert (run.requests, platform.asked) == (0, [])
    new_window(enterprise)
    assert drive(run).state == State.SUCCEEDED
    assert len(platform.asked) == 3


def test_a_failure_worth_repeating_waits_and_goes_on(
    enterprise: Enterprise, platform: ScriptedPlatform
) -> None:
    platform.before = lambda asked: error(503) if asked.path == "/account/B" else None
    run = piece(new_run(enterprise, ACCOUNTS))
    assert (run.state, run.error_kind, run.seen) == (State.WAITING, Kind.DOWN, 1)
    platform.before = lambda _asked: None
    drive(run)
    assert (run.state, run.seen) == (State.SUCCEEDED, 2)


def test_a_refused_key_fails_it(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    platform.before = lambda _asked: error(401)
    run = piece(new_run(enterprise, ACCOUNTS))
    assert (run.state, run.error_kind) == (State.FAILED, Kind.UNAUTHORIZED)


def test_a_superseded_worker_writes_nothing(enterprise: Enterprise, platform: ScriptedPlatform) -> None:
    run = new_run(enterprise, ACCOUNTS)
    old = claimed(run)
    SyncRun.objects.update(fence=99)
    accounts.advance(old)
    assert not Account.objects.exists()
    run.refresh_from_db()
    assert (run.requests, run.is_open) == (0, True)


@pytest.fixture
def hooked() -> Iterator[list[Any]]:
    """Hooks of a test's own; those of the apps come back."""
    before, hooks.after_packages[:] = hooks.after_packages[:], []
    yield hooks.after_packages
    hooks.after_packages[:] = before


def test_whoever_asked_is_told_after_the_packages_of_each_account(
    enterprise: Enterprise, platform: ScriptedPlatform, hooked: list[Any]
) -> None:
    seen: list[tuple[str, int]] = []
    hooked.append(lambda account: seen.append((account.name, account.service_packages.count())))
    refresh(enterprise)
    assert seen == [("A", 1), ("B", 1)]


def test_what_fails_after_the_packages_undoes_them(
    enterprise: Enterprise, platform: ScriptedPlatform, hooked: list[Any]
) -> None:
    def fail(_account: Account) -> None:
        raise ZeroDivisionError

    hooked.append(fail)
    with pytest.raises(ZeroDivisionError):
        drive(new_run(enterprise, PACKAGES))
    assert not ServicePackage.objects.exists()


def test_each_is_due_once_an_hour_for_every_enterprise_that_can_be_read(db: None) -> None:
    read = EnterpriseFactory()
    EnterpriseFactory(api_key="")
    EnterpriseFactory(is_enabled=False)
    for job in (accounts.JOB, packages.JOB):
        slots = [
            [(due.enterprise_id, due.slot) for due in job.due(datetime(2026, 5, 1, *at, tzinfo=UTC))]
            for at in ((13, 0, 0), (13, 59, 59), (14, 0, 0))
        ]
        assert slots[0] == slots[1] != slots[2]
        assert [pk for pk, _slot in slots[0]] == [read.pk]
