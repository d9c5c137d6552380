"""One sandbox process for the folder; `sandbox` makes it new and stops its clock of usage."""

from collections.abc import Iterator

import pytest

from enterprise.models import Enterprise
from tests.support.committed import committed
from tests.support.sandbox import SandboxProcess
from tests.support.sweeps import enterprise_of

__all__ = ["committed"]

SIMS = 60


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess(sims=SIMS) as process:
        yield process


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    running_sandbox.reset()
    running_sandbox.settings(usage_step_s=0, activation_delay_s=0)
    return running_sandbox


@pytest.fixture
def connected(db: None, sandbox: SandboxProcess) -> Enterprise:
    """A connection to the sandbox, never swept."""
    return enterprise_of(sandbox)
