"""The API key appears in no message, representation, traceback, log record or pickle."""

from __future__ import annotations

import copy
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from smarthub_client import ConfigurationError, Secret, SmartHubClient, SmartHubError
from smarthub_client.secret import HeaderSecret
from tests.client.conftest import KEY
from tests.client.hostile import BROKEN, QUICK, SLOW
from tests.client.servers import Got, Server, Step, answer, answer_json

GICCID = "8986011805021000040"
Serve = Callable[..., Server]
Connect = Callable[..., SmartHubClient]

ECHO = {"detail": f"bad {KEY}", "title": KEY, "errors": [{"code": KEY, "message": KEY, "field": KEY}]}


def echo(status: int) -> Callable[[Got], list[Step]]:
    return lambda got: [answer_json(ECHO, status, location=f"http://other/{KEY}")]


CASES: dict[str, Callable[[Got], object]] = {
    **{f"echo {status}": echo(status) for status in (302, 400, 401, 403, 404, 418, 422, 429, 500)},
    **{name: QUICK[name][0] for name in ("web page", "short of Content-Length", "gzip bomb", "NaN")},
    **{name: BROKEN[name] for name in ("closed at once", "not HTTP", "two lengths")},
    "silence": SLOW["silence"],
}


def frames_beyond_the_test(error: BaseException) -> Iterator[FrameType]:
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "tests" not in Path(frame.f_code.co_filename).parts:
            yield frame


def everything_shown(error: BaseException) -> Iterator[str]:
    yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
    yield "".join(traceback.format_exception(error))
    for frame in frames_beyond_the_test(error):  # as a debug page shows them
        yield pprint.pformat(frame.f_locals) + repr(frame.f_locals)
    chained = error.__cause__ or error.__context__
    if chained is not None:
        yield from everything_shown(chained)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("is_change", [False, True], ids=["read", "change"])
def test_no_error_shows_the_key(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture, name: str, is_change: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(CASES[name])
    client = connect(server, timeout=0.4)
    with pytest.raises(SmartHubError) as caught:
        client.retire(GICCID) if is_change else client.sim_detail(GICCID)
    error = caught.value
    assert server.got[0].headers["x-api-key"] == KEY, "the canary was really on the wire"
    assert (error.__cause__, error.__context__) == (None, None)
    for shown in everything_shown(error):
        assert KEY not in shown
    assert KEY.encode() not in pickle.dumps(error)
    assert KEY not in caplog.text


def test_not_even_an_interruption_in_the_middle_shows_it(serve: Serve, connect: Connect) -> None:
    """A worker's time limit raises inside of the HTTP library, whose frames hold the headers."""

    class Interruption(BaseException):
        pass

    def interrupt(*_: object) -> None:
        raise Interruption

    client = connect(serve(lambda got: [answer()]))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Interruption) as caught:
        patch.setattr("http.client.HTTPConnection.getresponse", interrupt)
        client.enterprise()
    shown = list(everything_shown(caught.value))
    assert any("X-API-Key" in text for text in shown), "the frames with the headers were looked at"
    for text in shown:
        assert KEY not in text


def test_a_failing_hook_is_logged_without_it(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no Redis")

    client = connect(serve(lambda got: [answer()]), on_reply=fail)
    assert client.enterprise().status == 200
    assert "no Redis" in caplog.text
    assert KEY not in caplog.text


def test_a_client_and_its_parts_do_not_show_it(serve: Serve, connect: Connect) -> None:
    client = connect(serve(lambda got: [answer()]))
    for thing in (client, client._caller, client.origin, client.enterprise(), client.test_connection()):
        assert KEY not in repr(thing) + str(thing) + pprint.pformat(thing)


@pytest.mark.parametrize("key", ["", " ", "a b", "key\r\nX-Evil: 1", "schlüssel", "a\x00b", KEY + "\n"])
def test_an_unusable_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SmartHubClient("https://host.example/v1", key)
    assert not key.strip() or key.strip() not in str(caught.value)


def test_a_secret_shows_stars_only() -> None:
    secret = Secret(KEY)
    assert {str(secret), f"{secret}", f"{secret:>3}", "%s" % secret} == {"***"}  # noqa: UP031
    assert repr(secret) == "Secret('***')"
    assert (secret.reveal(), bool(secret), bool(Secret(""))) == (KEY, True, False)
    assert secret == Secret(KEY) == Secret(secret) == copy.deepcopy(secret)
    assert secret != Secret("other") and secret != KEY
    assert len({secret, Secret(KEY)}) == 1
    assert secret.redact(f"<{KEY}>") == "<***>"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_header_secret_is_text_that_hides_in_collections() -> None:
    header = HeaderSecret(KEY)
    assert header == KEY
    assert KEY not in repr({"X-API-Key": header}) + pprint.pformat([header])
