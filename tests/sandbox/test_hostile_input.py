import socket

import pytest

from tests.sandbox.caller import Caller

BODIES = [
    b"", b"{", b"null", b"[]", b'"x"', b"1", b"NaN", b'{"a":NaN}', b"\xff\xfe", b"\x00", b'{"giccids":1e999}',
    b"[" * 100_000,
    b'{"a":' * 20_000, b'{"n":' + b"9" * 10_000 + b"}", b"{'a':1}",
    b'{"toGiccid":"\\ud800","messageText":"\\udfff"}', b'{"giccids":["\\ud800"]}', b'{"custom1":"\\ud83d"}',
]  # fmt: skip
READABLE = [
    b"{}", b'{"toGiccid":"\\u0000","messageText":"\\u0000"}', b'{"toGiccid":{},"messageText":[]}',
    b'{"giccids":{"a":1}}', b'{"giccids":["\\u0000"],"basicServicePackageName":"\\u0000"}',
    b'{"giccids":[[]]}',
    b'{"apnName":"\\u0000","apnStatus":"OPEN"}', b'{"servicePackageName":true}', b'{"custom1":{"a":1}}',
    b'{"giccids":' + b"9" * 4000 + b"}", b'{"custom1":"' + "字".encode() * 2000 + b'"}',
    b'{"toGiccid":"' + "表".encode() * 2000 + b'","messageText":"' + "表".encode() * 2000 + b'"}',
]  # fmt: skip
WRITES = [
    ("PUT", "custom-field"),
    ("POST", "supplementaryServicePackages"),
    ("PUT", "basicServicePackage"),
    ("PUT", "apn-status"),
]


def _targets(api: Caller) -> list[tuple[str, str]]:
    giccid = api.one("ACTIVATED")
    jobs = ("activate", "deactivate", "retire", "basicServicePackage")
    return [
        *((method, f"/global-sims/{giccid}/{path}") for method, path in WRITES),
        *(("POST", f"/batchJobs/global-sims/{path}") for path in jobs),
        ("POST", "/mt-sms"),
    ]


def test_a_body_that_is_no_json_object_is_400(api: Caller) -> None:
    for method, path in _targets(api):
        for body in BODIES:
            answer = api.call(method, path, data=body)
            assert answer.status_code == 400, (path, body[:40], answer.text)
            assert answer.json()["title"] == "Bad Request"
            assert answer.json()["detail"] == "Body should be a JSON object"


def test_a_strange_object_is_refused_or_taken_but_never_a_crash(api: Caller) -> None:
    for method, path in _targets(api):
        for body in READABLE:
            assert api.call(method, path, data=body).status_code in (200, 400, 422), (path, body[:60])


@pytest.mark.parametrize(
    "text", ["%00", "%FF%FE", "字" * 2000, "9" * 5000, "'%20OR%201=1--", "%F0%9F%98%80", "%0d%0a"]
)
def test_strange_paths_and_queries_never_crash(api: Caller, text: str) -> None:
    for path in ("/global-sims/{}", "/account/{}", "/{}/servicePackages", "/batchJobs/{}", "/mt-sms/{}"):
        assert api.get(path.format(text)).status_code in (404, 405, 422)
    names = (
        "status",
        "po",
        "customerName",
        "accountName",
        "basicServicePackageName",
        "giccids",
        "page",
        "size",
    )
    for name in names:
        answer = api.get(f"/global-sims?{name}={text}")
        assert answer.status_code in (200, 422)
    for name in ("accountName", "giccid", "type", "startTime", "endTime", "page"):
        assert api.get(f"/global-sims/changeLogs?{name}={text}").status_code in (200, 422)
        assert api.get(f"/global-sims/statistics/country-code?{name}={text}").status_code in (200, 422)


@pytest.mark.parametrize("year", ["0000", "0001", "9999"])
def test_extreme_times_never_crash(api: Caller, year: str) -> None:
    for name in ("startTime", "endTime"):
        for path in ("/global-sims/changeLogs", "/global-sims/statistics/country-code"):
            assert api.get(path, **{name: f"{year}-01-01T00:00:00Z"}).status_code in (200, 422)


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("GET /v1/enterprise HTTP/1.1\r\nHost: a b\r\nX-API-Key: test-key\r\n\r\n", 200),
        ("GET /v1/global-sims HTTP/1.1\r\nHost: a b\r\nX-API-Key: test-key\r\n\r\n", 400),
        ("POST /v1/mt-sms HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST /v1/mt-sms HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", 413),
        ("POST /v1/mt-sms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        ("GET /" + "a" * 70_000 + " HTTP/1.1\r\n\r\n", 414),
        ("NONSENSE\r\n\r\n", 400),
    ],
)
def test_a_strange_request_is_answered_in_the_error_shape(
    api: Caller, request_text: str, status: int
) -> None:
    with socket.create_connection(("127.0.0.1", api.sandbox.port), timeout=5) as raw:
        raw.sendall(request_text.encode())
        answer = raw.recv(65536).decode()
    if answer.startswith("HTTP/"):
        assert int(answer.split()[1]) == status
    if status != 200:
        assert f'"status":{status}' in answer
    assert api.get("/enterprise").status_code == 200
