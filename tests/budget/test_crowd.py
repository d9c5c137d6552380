"""Promises 17 and 18 in small: a dozen processes and an outsider on one key; at length: `make budget-campaign`."""

import pytest

from tests.support.crowd import Crowd, run
from tests.support.crowd_report import Report
from tests.support.sandbox import SandboxProcess
from tests.support.valkey import OwnValkey

pytestmark = pytest.mark.servers
LIMIT, WINDOW_SECONDS = 600, 6


def let_loose(seconds: float, *, limit: int = LIMIT, **more: object) -> Report:
    with OwnValkey() as valkey, SandboxProcess(sims=10) as sandbox:
        sandbox.settings(rate_limit=limit, window_s=WINDOW_SECONDS, reset_style="epoch")
        crowd = Crowd(sandbox.base_url, sandbox.api_key, valkey.url, seconds, **more)  # type: ignore[arg-type]
        return run(crowd)


def test_a_dozen_processes_and_an_outsider_are_never_refused_and_leave_nothing() -> None:
    report = let_loose(8, outsider_per_second=5, clocks=True, flush_at=[2.5])
    assert report.own_429 == 0, report
    assert [window.share >= 0.98 for window in report.windows] == [True], report
    assert report.percentile(0.5) <= 20, (
        report
    )  # the campaign, on a quiet machine, looks at the 99th percentile
    assert set(report.refused) <= {"used_up", "probe"}, (
        report
    )  # after a flush a busy machine may wait for the probe


def test_the_test_sees_processes_that_do_not_share() -> None:
    """The negative control: with the script switched off it would fail."""
    assert let_loose(2, limit=100, is_shared=False).own_429 > 0
