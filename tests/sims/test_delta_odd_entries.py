"""Change logs that are not as documented."""

from collections.abc import Iterator
from typing import Any

import pytest

from enterprise.models import Enterprise
from mirror.models import RejectedPayload, SyncRun
from sims.models import ChangeLog
from tests.support.change_logs import log, logs
from tests.support.platform import ScriptedPlatform, answer
from tests.support.sweeps import delta

pytestmark = pytest.mark.django_db
State = SyncRun.State


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform({}) as platform:
        yield platform


@pytest.mark.parametrize(
    "bad",
    [
        {"giccid": None},
        {"giccid": 123},
        {"giccid": "12a"},
        {"createdTime": None},
        {"createdTime": "yesterday"},
        {"createdTime": "2199-01-01"},
        {"type": None},
        {"type": "x" * 61},
        {"status": ["SUCCESS"]},
        {"target": "a\0b"},
        {"target": "\ud800"},
    ],
)
def test_an_unusable_entry_is_kept_word_for_word_and_does_not_hold_up_the_others(
    enterprise: Enterprise, platform: ScriptedPlatform, bad: dict[str, Any]
) -> None:
    platform.logs = [log(1) | bad, *logs(3, start=10)]
    run = delta(enterprise)
    assert (run.state, run.created, run.rejected) == (State.SUCCEEDED, 3, 1)
    kept = RejectedPayload.objects.get()
    assert (kept.target, kept.source, kept.run) == ("sims_changelog", "delta", run)
    assert all(f'"{name}"' in kept.payload for name in platform.logs[0])
    assert delta(enterprise).state == State.SUCCEEDED
    assert RejectedPayload.objects.get().times == 2


@pytest.mark.parametrize("entry", ["text", 7, None, [], [1]])
def test_what_is_no_entry_at_all_is_kept_too(
    enterprise: Enterprise, platform: ScriptedPlatform, entry: Any
) -> None:
    platform.logs = logs(2)
    platform.before = lambda _asked: answer(
        {"data": [entry, *platform.logs], "page": 0, "size": 100, "total": 3}
    )
    run = delta(enterprise)
    assert (run.state, run.created, run.rejected) == (State.SUCCEEDED, 2, 1)


@pytest.mark.parametrize("value", [5, True, {"a": 1}, ["x"], "x" * 500])
def test_odd_values_of_before_and_after_are_shown_and_kept_whole(
    enterprise: Enterprise, platform: ScriptedPlatform, value: Any
) -> None:
    platform.logs = [log(1, original=value, target=None)]
    assert delta(enterprise).created == 1
    entry = ChangeLog.objects.get()
    assert entry.raw["original"] == value and entry.target is None
    assert entry.original is not None and len(entry.original) <= 400
