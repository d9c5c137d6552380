"""What each status means, for reads and for changes; only status and codes decide, never prose."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import smarthub_client as sc
from smarthub_client import SmartHubClient, SmartHubError
from tests.client.servers import Server, answer, answer_json, in_turn

GICCID = "8986011805021000040"
Serve = Callable[..., Server]
Connect = Callable[..., SmartHubClient]

MEANINGS: list[tuple[int, type[SmartHubError], bool, bool, bool]] = [
    # status, class, retryable for a read, retryable for a change, outcome of a change unknown
    (400, sc.BadRequest, False, False, False),
    (401, sc.AuthenticationFailed, False, False, False),
    (403, sc.Forbidden, False, False, False),
    (404, sc.NotFound, False, False, False),
    (405, sc.UnexpectedStatus, False, False, False),
    (408, sc.TimedOut, True, False, True),
    (409, sc.UnexpectedStatus, False, False, False),
    (422, sc.ValidationFailed, False, False, False),
    (429, sc.RateLimited, True, True, False),
    (500, sc.ServerError, True, False, True),
    (502, sc.ServerError, True, False, True),
    (503, sc.ServerError, True, False, True),
    (504, sc.ServerError, True, False, True),
    (599, sc.ServerError, True, False, True),
    (206, sc.UnexpectedStatus, False, False, True),
    (418, sc.UnexpectedStatus, False, False, False),
]


def problem(status: int, **more: Any) -> bytes:
    return answer_json({"type": "about:blank", "title": "T", "status": status, **more}, status)


def caught(call: Callable[[], object]) -> SmartHubError:
    with pytest.raises(SmartHubError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(("status", "kind", "read_again", "change_again", "unknown"), MEANINGS)
def test_each_status_has_its_meaning(
    serve: Serve,
    connect: Connect,
    status: int,
    kind: type,
    read_again: bool,
    change_again: bool,
    unknown: bool,
) -> None:
    server = serve(lambda got: [problem(status)])
    client = connect(server)
    read = caught(lambda: client.sim_detail(GICCID))
    assert (type(read), read.status, read.retryable) == (kind, status, read_again)
    assert read.outcome_unknown is False
    sent = len(server.got)
    assert sent == (3 if status in {502, 503, 504} else 1)
    change = caught(lambda: client.suspend(GICCID))
    assert (type(change), change.status, change.retryable) == (kind, status, change_again)
    assert change.outcome_unknown is unknown
    assert len(server.got) == sent + 1, "a change is sent once"


@pytest.mark.parametrize("status", [status for status, *_ in MEANINGS if status != 206])
def test_errors_tell_what_when_and_under_which_id_and_survive_pickling(
    serve: Serve, connect: Connect, status: int
) -> None:
    before = datetime.now(UTC)
    entry = {"resource": "globalSim", "field": "status", "code": "illegal_status", "message": "no"}
    server = serve(lambda got: [problem(status, detail="because", errors=[entry])])
    error = caught(lambda: connect(server).retire(GICCID, request_id="attempt-1"))
    for it in (error, pickle.loads(pickle.dumps(error))):
        assert type(it) is type(error)
        assert str(it) == str(error)
        assert (it.operation, it.status, it.request_id) == ("retire", status, "attempt-1")
        assert it.sent_at is not None
        assert before <= it.sent_at <= datetime.now(UTC)
        assert (it.retryable, it.outcome_unknown) == (error.retryable, error.outcome_unknown)
        assert it.detail == "because"
        assert it.has_code("illegal_status")
        assert not it.has_code("missing")
    assert server.got[0].headers["x-request-id"] == "attempt-1"


def test_illegal_status_is_told_by_code_not_by_prose(serve: Serve, connect: Connect) -> None:
    entry = {"resource": "globalSim", "field": "status", "code": "illegal_status", "message": "some words"}
    server = serve(in_turn(problem(422, errors=[entry]), problem(422, detail="illegal_status")))
    client = connect(server)
    assert caught(lambda: client.retire(GICCID)).has_code("illegal_status")
    assert not caught(lambda: client.retire(GICCID)).has_code("illegal_status")


@pytest.mark.parametrize(
    ("field", "kind"),
    [("giccid", sc.NotFound), ("", sc.NotFound), ("servicePackageName", sc.ValidationFailed)],
)
def test_missing_means_not_found_only_for_the_addressed_object(
    serve: Serve, connect: Connect, field: str, kind: type
) -> None:
    server = serve(lambda got: [problem(422, errors=[{"resource": "r", "field": field, "code": "missing"}])])
    error = caught(lambda: connect(server).supplementary_plan(GICCID, service_package_name="x"))
    assert type(error) is kind
    assert error.has_code("missing")


def test_404_of_a_web_server_does_not_mean_the_sim_is_gone(serve: Serve, connect: Connect) -> None:
    server = serve(lambda got: [answer(404, b"<html>nginx</html>", content_type="text/html")])
    error = caught(lambda: connect(server).sim_detail(GICCID))
    assert isinstance(error, sc.BadAnswer)
    assert error.kind == "html"


def test_404_of_a_list_does_not_mean_an_object_is_gone(serve: Serve, connect: Connect) -> None:
    assert type(caught(connect(serve(lambda got: [problem(404)])).sim_list)) is sc.UnexpectedStatus


@pytest.mark.parametrize("errors", [None, "x", [], [1, None], [{"code": 5}], [{"code": None, "field": []}]])
def test_an_odd_error_body_is_still_a_refusal(serve: Serve, connect: Connect, errors: object) -> None:
    error = caught(lambda: connect(serve(lambda got: [problem(422, errors=errors)])).retire(GICCID))
    assert type(error) is sc.ValidationFailed
    assert all(isinstance(entry.code, str) for entry in error.codes)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x_ratelimit_reset": "90"}, 90),
        ({"x_ratelimit_reset": "999999999"}, 3600),
        ({"x_ratelimit_reset": "soon"}, 60),
        ({"retry_after": "30"}, 30),
        ({}, 60),
    ],
)
def test_429_tells_until_when_and_is_never_repeated(
    serve: Serve, connect: Connect, headers: dict[str, str], seconds: int
) -> None:
    server = serve(lambda got: [answer_json({"status": 429}, 429, **headers)])
    error = caught(connect(server).enterprise)
    assert isinstance(error, sc.RateLimited)
    assert error.reset_at is not None
    assert abs(error.reset_at - datetime.now(UTC) - timedelta(seconds=seconds)) < timedelta(seconds=2)
    assert pickle.loads(pickle.dumps(error)).reset_at == error.reset_at
    assert len(server.got) == 1


def test_a_read_survives_two_failures_on_the_way(serve: Serve, connect: Connect) -> None:
    server = serve(in_turn(problem(503), b"", answer()))
    reply = connect(server).enterprise()
    assert reply.attempts == 3
    assert len({got.headers["x-request-id"] for got in server.got}) == 1


def test_retries_keep_a_little_distance(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smarthub_client.calls._BACKOFF", 0.1)
    arrived: list[float] = []

    def script(got: object) -> list[bytes]:
        arrived.append(time.monotonic())
        return [problem(503)]

    caught(connect(serve(script)).enterprise)
    first, second, third = arrived
    assert 0.05 <= second - first <= 0.4
    assert 0.1 <= third - second <= 0.6


def test_nothing_listening_is_known_not_sent() -> None:
    client = SmartHubClient("http://127.0.0.1:1/v1", "key", timeout=2, sandbox=True)
    error = caught(lambda: client.activate(GICCID))
    assert type(error) is sc.Unreachable
    assert (error.outcome_unknown, error.retryable, error.sent_at) == (False, True, None)


def test_every_message_is_a_sentence_for_people(serve: Serve, connect: Connect) -> None:
    for status, *_ in MEANINGS:
        error = caught(lambda: connect(serve(lambda got: [problem(status)])).retire(GICCID))  # noqa: B023
        assert str(error)[0].isupper()
        assert str(error).endswith(".")
        if error.outcome_unknown and not isinstance(error, sc.UnexpectedStatus):
            assert "read the object back" in str(error)
