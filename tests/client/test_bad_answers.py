"""Bad answers cannot hurt: every call ends in time, says what happened, and holds little memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import unquote

import pytest

from smarthub_client import BadAnswer, ConnectionLost, SmartHubClient, TimedOut
from tests.client.hostile import BROKEN, QUICK, SLOW
from tests.client.servers import Got, Server, Step, answer

GICCID = "8986011805021000040"
DEADLINE = 0.4
SLACK = 0.4
ROOT = Path(__file__).parents[2]
Serve = Callable[..., Server]
Connect = Callable[..., SmartHubClient]


@pytest.mark.parametrize("name", QUICK)
def test_an_unusable_answer_to_a_read_says_what_is_wrong(serve: Serve, connect: Connect, name: str) -> None:
    script, kind = QUICK[name]
    server = serve(script)
    with pytest.raises(BadAnswer) as caught:
        connect(server, timeout=5.0).enterprise()
    assert caught.value.kind == kind
    assert caught.value.outcome_unknown is False
    assert caught.value.retryable is (kind in {"html", "truncated"})
    assert len(server.got) == 1


CHANGES_NOT_READ = {"declared empty", "wrong shape", "404 web page"}  # fine, or another matter, for a change


@pytest.mark.parametrize("name", sorted(QUICK.keys() - CHANGES_NOT_READ))
def test_an_unusable_answer_to_a_change_leaves_its_outcome_unknown(
    serve: Serve, connect: Connect, name: str
) -> None:
    script, kind = QUICK[name]
    server = serve(script)
    with pytest.raises(BadAnswer) as caught:
        connect(server, timeout=5.0).suspend(GICCID)
    assert caught.value.kind == kind
    assert (caught.value.outcome_unknown, caught.value.retryable) == (True, False)
    assert caught.value.sent_at is not None
    assert len(server.got) == 1


@pytest.mark.parametrize("name", SLOW)
@pytest.mark.parametrize("is_change", [False, True], ids=["read", "change"])
def test_a_slow_answer_ends_at_the_deadline(
    serve: Serve, connect: Connect, name: str, is_change: bool
) -> None:
    server = serve(SLOW[name])
    client = connect(server, timeout=DEADLINE)
    started = time.monotonic()
    with pytest.raises(TimedOut) as caught:
        client.suspend(GICCID) if is_change else client.enterprise()
    assert DEADLINE - 0.05 <= time.monotonic() - started <= DEADLINE + SLACK
    assert (caught.value.outcome_unknown, caught.value.retryable) == (is_change, not is_change)
    assert len(server.got) == 1


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_connection_is_tried_again_for_a_read_only(
    serve: Serve, connect: Connect, name: str
) -> None:
    server = serve(BROKEN[name])
    client = connect(server, timeout=5.0)
    with pytest.raises(ConnectionLost) as caught:
        client.enterprise()
    assert (caught.value.outcome_unknown, caught.value.retryable) == (False, True)
    assert len(server.got) == 3
    with pytest.raises(ConnectionLost) as caught:
        client.suspend(GICCID)
    assert (caught.value.outcome_unknown, caught.value.retryable) == (True, False)
    assert len(server.got) == 4


@pytest.mark.parametrize("status", [401, 422, 500])
@pytest.mark.parametrize("name", ["gzip bomb", "body drips", "short of Content-Length"])
def test_a_refusal_counts_although_its_body_is_unusable(
    serve: Serve, connect: Connect, status: int, name: str
) -> None:
    script = SLOW[name] if name in SLOW else QUICK[name][0]

    def refuse(got: Got) -> Iterable[Step]:
        first, *rest = script(got)
        assert isinstance(first, bytes)
        return [first.replace(b" 200 ", b" %d " % status, 1), *rest[:100]]

    started = time.monotonic()
    with pytest.raises(Exception, match="SmartHub") as caught:
        connect(serve(refuse), timeout=DEADLINE).suspend(GICCID)
    assert getattr(caught.value, "status", None) == status
    assert time.monotonic() - started <= DEADLINE + SLACK


def test_memory_stays_within_20_mb_whatever_comes_back(serve: Serve) -> None:
    scripts = {**{name: script for name, (script, _) in QUICK.items()}, **SLOW, **BROKEN}

    def choose(got: Got) -> Iterable[Step]:
        name = unquote(got.target.removeprefix("/v1/account/"))
        return scripts[name](got) if name in scripts else [answer()]

    server = serve(choose)
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.client.memory_probe", server.base_url, str(DEADLINE)],
        input="\n".join(scripts), capture_output=True, text=True, timeout=60, cwd=ROOT, check=True,
    )  # fmt: skip
    results = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [result["name"] for result in results] == list(scripts)
    assert {result["ended"] for result in results} <= {"BadAnswer", "TimedOut", "ConnectionLost"}
    assert max(result["seconds"] for result in results) <= DEADLINE + SLACK
    assert max(result["grown_kb"] for result in results) <= 20 * 1024
