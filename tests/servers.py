"""Early pytest plugin (`-p tests.servers`): environment, PostgreSQL, Valkey, no network but the loopback.

It must act before pytest-django loads the settings, hence in `pytest_addoption`, the first hook of all.
DATABASE_URL or REDIS_URL given: that server is used and ours is not started. With xdist the controller starts
them once; each worker inherits the addresses and gets its own database and Redis number.
"""

import fcntl
import gc
import itertools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import pytest

from smarthub_portal.run import leftovers, postgres, process, valkey
from smarthub_portal.run.instance import instance_of
from tests import network

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 60.0
REDIS_DATABASES = 64
LONGEST = (
    ("tests/browser/test_every_page.py",),
    ("tests/browser/",),
    (
        "tests/commands/test_campaign_slice.py",
        "tests/notifications/test_campaign_slice.py",
        "tests/messaging/test_campaign_slice.py",
    ),
    (
        "tests/run/test_supervisor.py",
        "tests/sims/test_sweep_killed.py",
        "tests/sims/test_freshness_killed.py",
    ),
)
"""What each worker begins with."""
_ENVIRONMENT = {
    "PORTAL_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-only-for-tests",
    "PORTAL_FIELD_KEYS": "dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtMTE=",
    "PORTAL_DEMO_PASSWORD": "only-for-tests",
    "PORTAL_DEMO_PUSH_KEY": "only-for-tests-push-key",
    "PORTAL_METRICS_TOKEN": "only-for-tests-metrics",
    "SANDBOX_API_KEY": "only-for-tests-api-key",
    "SANDBOX_CONTROL_TOKEN": "only-for-tests-control",
}
_children: list[process.Child] = []
_locks: list[TextIO] = []


def pytest_addoption() -> None:
    """Set the stage. Nothing to do with options: this is the only hook that runs before the settings load."""
    network.block()
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _set_environment()
        _start_servers()
    os.environ["REDIS_URL"] = _own_database(os.environ["REDIS_URL"])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives each worker a share that begins with what takes longest; `--dist worksteal` cuts the same shares.

    The rest keeps its order: a folder's sandbox, browser and world are then started by few workers, and what mostly
    waits is waited for while the others work.
    """
    shares = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    first: list[list[pytest.Item]] = [[] for _ in range(shares)]
    others = []
    for item in items:
        number = next((n for n, part in enumerate(LONGEST) if item.nodeid.startswith(part)), None)
        (others if number is None else first[number % shares]).append(item)
    others.sort(key=lambda item: item.path.parent)
    left, rest = len(items), iter(others)
    items.clear()
    for number, mine in enumerate(first):
        size = left // (shares - number)
        left -= size
        items += mine
        items += itertools.islice(rest, max(0, size - len(mine)))
    items += rest


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: the collector need not walk through all of them again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail a test that reached for the network even when the code under test swallowed the error."""
    network.attempts.clear()
    result = yield
    if network.attempts:
        pytest.fail(f"reached for the network: {', '.join(network.attempts)}")
    return result


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop what we started. A killed run needs no help: the kernel signals both servers."""
    while _children:
        process.stop(_children.pop())
    while _locks:
        _locks.pop().close()


def _set_environment() -> None:
    """Whatever the shell holds for a real portal must not reach a test."""
    for name in [name for name in os.environ if name.startswith(("PORTAL_", "SANDBOX_"))]:
        del os.environ[name]
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    os.environ.update(_ENVIRONMENT, PORTAL_DATA=str(_own_folder()))


def _own_folder() -> Path:
    """Return var/test, or var/test-2 … while another run of this checkout holds it."""
    for number in range(1, 20):
        folder = ROOT / "var" / ("test" if number == 1 else f"test-{number}")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _locks.append(lock)
        return folder
    raise pytest.UsageError("20 test runs in one checkout: wait for one to end.")


def _start_servers() -> None:
    """Start both, then wait for both."""
    folder = Path(os.environ["PORTAL_DATA"])
    instance, logs = instance_of(folder), folder / "logs"
    leftovers.end(instance, folder / "postgres" / "data", grace=0)
    waits: list[Callable[[], bool]] = []
    if not os.environ.get("DATABASE_URL"):
        database = postgres.Postgres(folder / "postgres", logs / "postgres.log", instance, is_fast=True)
        spec = database.prepare()
        database.clear_lock()
        _children.append(process.spawn(spec))
        os.environ["DATABASE_URL"] = database.url
        waits.append(lambda: postgres.is_ready(database.url))
    if not os.environ.get("REDIS_URL"):
        broker = valkey.Valkey(folder / "valkey", logs / "valkey.log", instance, databases=REDIS_DATABASES)
        _children.append(process.spawn(broker.prepare()))
        os.environ["REDIS_URL"] = broker.url()
        waits.append(lambda: valkey.is_ready(broker.url()))
    _wait(waits)


def _wait(waits: list[Callable[[], bool]]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while waits and time.monotonic() < deadline:
        waits = [is_ready for is_ready in waits if not is_ready()]
        dead = [child for child in _children if not child.is_alive]
        if dead:
            raise pytest.UsageError(f"{dead[0].spec.name} ended at once; see {dead[0].spec.log}")
        time.sleep(0.02)
    if waits:
        raise pytest.UsageError(
            f"the test servers were not ready in {LIMIT_SECONDS:.0f} s; see var/test/logs"
        )


def _own_database(url: str) -> str:
    """Shift the Redis number by the worker's: gw0 gets the one after the controller's."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        return url
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + 1 + int(worker.removeprefix("gw"))
    return parts._replace(path=f"/{number}").geturl()
