"""The key never leaves the configured origin: redirects x methods x targets, over verified TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from smarthub_client import BadAnswer, Reply, SmartHubClient
from tests.client.conftest import KEY
from tests.client.servers import Authority, Got, Server, Step, always, answer, answer_json, head

GICCID = "8986011805021000040"
STATUSES = [301, 302, 303, 307, 308]
CALLS: dict[str, Callable[[SmartHubClient], Reply[Any]]] = {
    "GET": lambda client: client.enterprise(),
    "POST": lambda client: client.send_sms(GICCID, message_text="grüß dich"),
    "PUT": lambda client: client.basic_plan(GICCID, basic_service_package_name="Basic-10M"),
}
GOOD = answer_json({"name": "E", "accounts": [], "smsMsgId": "1", "status": "PENDING"})


@dataclass
class Stage:
    """A platform that redirects, and everyone a redirect could lead to."""

    platform: Server
    other_host: Server
    other_port: Server
    plain: Server
    location: str = ""
    status: int = 0

    def targets(self, kind: str) -> str:
        port = self.platform.port
        return {
            "other host": f"https://127.0.0.2:{port}/v1/moved",
            "other host, scheme-relative": f"//127.0.0.2:{port}/v1/moved",
            "other host after our name": f"https://127.0.0.1:{port}@127.0.0.2:{port}/v1/moved",
            "other host behind a backslash": f"https://127.0.0.2:{port}\\@127.0.0.1:{port}/v1/moved",
            "other name of this host": f"https://localhost:{port}/v1/moved",
            "http, same port": f"http://127.0.0.1:{port}/v1/moved",
            "http, other port": f"http://127.0.0.1:{self.plain.port}/v1/moved",
            "other port": f"https://127.0.0.1:{self.other_port.port}/v1/moved",
            "no target": "",
            "loop": f"https://127.0.0.1:{port}/v1/loop",
            "same origin": f"https://127.0.0.1:{port}/v1/moved?a=1",
            "same origin, relative": "/v1/moved?a=1",
        }[kind]

    def script(self, got: Got) -> list[Step]:
        if "/moved" in got.target:
            return [GOOD]
        return [answer(self.status, b"<html>moved</html>", content_type="text/html", location=self.location)]

    def everyone(self) -> list[Server]:
        return [self.platform, self.other_host, self.other_port, self.plain]


LEADING_AWAY = [
    "other host",
    "other host, scheme-relative",
    "other host after our name",
    "other host behind a backslash",
    "other name of this host",
    "http, same port",
    "http, other port",
    "other port",
]


@pytest.fixture
def stage(authority: Authority) -> Iterator[Stage]:
    tls = authority.server_context
    stage: Stage
    with (
        Server(lambda got: stage.script(got), tls=tls) as platform,
        Server(always(GOOD), host="127.0.0.2", port=platform.port, tls=tls) as other_host,
        Server(always(GOOD), tls=tls) as other_port,
        Server(always(GOOD)) as plain,
    ):
        stage = Stage(platform, other_host, other_port, plain)
        yield stage


@pytest.fixture
def client(stage: Stage, authority: Authority, connect: Callable[..., SmartHubClient]) -> SmartHubClient:
    return connect(stage.platform, ca_bundle=str(authority.bundle))


def is_leak(got: Got, stage: Stage, server: Server) -> bool:
    is_foreign = server is not stage.platform
    return is_foreign and KEY.encode() in got.raw


@pytest.mark.parametrize("target", [*LEADING_AWAY, "no target"])
@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("status", STATUSES)
def test_a_redirect_that_leads_away_is_an_error_and_nothing_arrives_there(
    stage: Stage, client: SmartHubClient, status: int, method: str, target: str
) -> None:
    stage.status, stage.location = status, stage.targets(target)
    with pytest.raises(BadAnswer) as caught:
        CALLS[method](client)
    assert caught.value.kind == "redirect"
    assert caught.value.outcome_unknown is (method != "GET")
    assert caught.value.retryable is False
    assert [len(server.got) for server in stage.everyone()] == [1, 0, 0, 0]
    assert not any(is_leak(got, stage, server) for server in stage.everyone() for got in server.got)


@pytest.mark.parametrize("target", ["same origin", "same origin, relative"])
@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("status", STATUSES)
def test_a_redirect_on_the_same_origin_is_followed_where_it_keeps_the_method(
    stage: Stage, client: SmartHubClient, status: int, method: str, target: str
) -> None:
    stage.status, stage.location = status, stage.targets(target)
    if method != "GET" and status not in {307, 308}:
        with pytest.raises(BadAnswer) as caught:
            CALLS[method](client)
        assert (caught.value.kind, caught.value.outcome_unknown) == ("redirect", True)
        assert len(stage.platform.got) == 1
        return
    reply = CALLS[method](client)
    first, second = stage.platform.got
    assert (reply.status, reply.attempts) == (200, 2)
    assert second.target == "/v1/moved?a=1"
    assert (second.method, second.body) == (first.method, first.body) == (method, first.body)
    for name in ("x-api-key", "x-request-id", "content-type", "content-length"):
        assert second.headers.get(name) == first.headers.get(name)


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("status", STATUSES)
def test_a_loop_ends_after_three_hops(stage: Stage, client: SmartHubClient, status: int, method: str) -> None:
    stage.status, stage.location = status, stage.targets("loop")
    with pytest.raises(BadAnswer) as caught:
        CALLS[method](client)
    is_followed = method == "GET" or status in {307, 308}
    assert len(stage.platform.got) == (4 if is_followed else 1)
    assert (caught.value.kind, caught.value.outcome_unknown) == ("redirect", method != "GET")


def test_plain_http_stays_allowed_for_a_sandbox_configured_so_but_not_away_from_it(
    serve: Callable[..., Server], connect: Callable[..., SmartHubClient]
) -> None:
    away = serve(always(GOOD))
    sandbox = serve(lambda got: [answer(302, b"", location=f"{away.base_url}/moved")])
    with pytest.raises(BadAnswer):
        connect(sandbox).enterprise()
    assert away.got == []


def test_the_body_of_a_redirect_is_not_read(
    serve: Callable[..., Server], connect: Callable[..., SmartHubClient]
) -> None:
    endless = head("Location: /v1/moved", "Transfer-Encoding: chunked", status=302)
    server = serve(lambda got: [GOOD] if "moved" in got.target else [endless, 30.0])
    assert connect(server, timeout=1.0).enterprise().status == 200


@pytest.mark.parametrize("status", [300, 304, 305, 306])
def test_other_3xx_are_errors(
    serve: Callable[..., Server], connect: Callable[..., SmartHubClient], status: int
) -> None:
    server = serve(always(answer(status, b"", location="/v1/moved")))
    with pytest.raises(BadAnswer) as caught:
        connect(server).enterprise()
    assert caught.value.kind == "redirect"


def test_a_certificate_of_an_unknown_authority_is_refused_before_anything_is_sent(
    stage: Stage, connect: Callable[..., SmartHubClient]
) -> None:
    with pytest.raises(Exception, match="No trusted TLS connection") as caught:
        connect(stage.platform).suspend(GICCID)
    assert type(caught.value).__name__ == "TlsFailed"
    assert stage.platform.got == []


def test_a_certificate_for_another_name_is_refused(
    authority: Authority, serve: Callable[..., Server], connect: Callable[..., SmartHubClient]
) -> None:
    server = serve(always(GOOD), host="127.0.0.3", tls=authority.server_context)
    with pytest.raises(Exception, match="No trusted TLS connection"):
        connect(server, ca_bundle=str(authority.bundle)).enterprise()
    assert server.got == []
