"""A quarter of a minute of `make faults-pushes`, and tests of that test: what is spoiled, its judge must name.

Seen red: the slice with the commit moved after the answer and with repeats not told apart (`ARGS=commit`,
`ARGS=twins`); the judge without its comparison of counts.
"""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.push_letters import Letter, Sort
from tests.support.push_poster import NONE, Poster, signed
from tests.support.pushes_campaign_check import Verdict, compare
from tests.support.sandbox import ROOT


@pytest.mark.servers
def test_some_seconds_of_faults_lose_no_acknowledged_push_and_believe_no_lie() -> None:
    answer = subprocess.run(
        [sys.executable, "benchmarks/pushes_campaign.py", "slice", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    report = json.loads(answer.stdout)
    assert report["complaints"] == []
    assert report["verdict"]["acknowledged"] >= 500
    assert report["verdict"]["repeats"] >= 500
    assert report["verdict"]["verdicts"]["truth"]["confirmed"] >= 20
    assert report["verdict"]["verdicts"]["lie"]["contradicted"] >= 20
    assert report["kills"] >= 5
    assert {"FLUSHALL", "Valkey frozen", "Valkey kills", "PostgreSQL kills"} <= set(report["counts"])


# --- tests of the test

Row = dict[str, Any]


def letter(number: int, sort: Sort, **known: Any) -> Letter:
    body = {"giccid": f"{number:019d}", "serial": number}
    return Letter("sim-status", sort, body, copies=2, **{"acks": 2, "tries": 2} | known)


def row(of: Letter, verdict: str) -> Row:
    return {
        "kind": of.kind,
        "body": signed(of.body, "any key"),
        "times": of.acks,
        "state": "done",
        "attempts": 1,
        "error": "",
        "verdict": verdict,
        "giccid": of.giccid,
        "waited": 0.1,
        "settled": 0.2,
    }


LETTERS = [
    letter(0, Sort.TRUTH),
    letter(1, Sort.LIE),
    letter(2, Sort.PLAIN),
    letter(3, Sort.FORGED, acks=0),
    letter(4, Sort.PLAIN, acks=0),
]


def rows() -> list[Row]:
    """As they should be; the last letter was stored though its answer got lost."""
    told = zip((LETTERS[0], LETTERS[1], LETTERS[2]), ("confirmed", "contradicted", "unverified"), strict=True)
    return [row(of, verdict) for of, verdict in told] + [row(LETTERS[4], "unverified") | {"times": 1}]


def judged(found: list[Row]) -> Verdict:
    verdict = Verdict()
    compare(LETTERS, found, verdict)
    return verdict


def test_what_is_as_it_should_be_is_not_complained_of() -> None:
    verdict = judged(rows())
    assert verdict.violations == []
    assert (verdict.acknowledged, verdict.acks, verdict.events, verdict.repeats) == (3, 6, 4, 3)


SPOILT: dict[str, tuple[str, Callable[[list[Row]], Any]]] = {
    "a row is gone": ("lost", lambda found: found.pop(2)),
    "a repeat was not counted": ("lost", lambda found: found[2].update(times=1)),
    "a row stands twice": ("doubled", lambda found: found.append(found[2])),
    "a forged one was taken": ("forged", lambda found: found.append(row(LETTERS[3], "unverified"))),
    "nobody sent it": ("invented", lambda found: found.append(row(letter(9, Sort.PLAIN), "unverified"))),
    "it waits": ("no effect", lambda found: found[2].update(state="new")),
    "it has no event": ("no effect", lambda found: found[2].update(verdict=None)),
    "it was given up": ("no effect", lambda found: found[2].update(state="dead")),
    "its claim was forgotten": ("forgotten", lambda found: found[0].update(verdict="pending")),
    "a lie is called true": ("believed", lambda found: found[1].update(verdict="confirmed")),
    "the truth is called a lie": ("wrong", lambda found: found[0].update(verdict="contradicted")),
    "it tells of another SIM": ("wrong", lambda found: found[0].update(giccid="1")),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_spoiled_is_named(what: str) -> None:
    named, spoil = SPOILT[what]
    found = rows()
    spoil(found)
    assert any(text.startswith(named) for text in judged(found).violations)


def test_an_unacknowledged_push_may_be_there_or_not() -> None:
    assert judged(rows()[:3]).violations == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200),
        (b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", 503),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", NONE),
        (b"HTTP/1.1 200 OK\r\nContent-Le", NONE),
        (b"", NONE),
    ],
)
def test_the_sender_believes_whole_answers_only(answer: bytes, status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        poster = Poster(server.getsockname()[1])
        assert poster.post("/push/token/sim-status", b"{}") == status
        poster.close()
        thread.join(10)
