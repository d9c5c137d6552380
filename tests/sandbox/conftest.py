"""One sandbox process for the whole folder, made new before every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.receiver import Receiver
from tests.support.sandbox import SandboxProcess

SIMS = 300
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.servers)


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess(sims=SIMS) as process:
        yield process


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    """A fresh fleet of 300, no faults, default settings except that nothing waits."""
    running_sandbox.reset()
    running_sandbox.settings(activation_delay_s=0, job_delay_s=0, sms_delay_s=0)
    return running_sandbox


@pytest.fixture
def api(sandbox: SandboxProcess) -> Caller:
    return Caller(sandbox)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as started:
        yield started


@pytest.fixture
def pushing(api: Caller, receiver: Receiver) -> Caller:
    """A sandbox that pushes all nine kinds to the receiver."""
    api.sandbox.push_targets(receiver.urls)
    return api
