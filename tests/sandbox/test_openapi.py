"""The document and the sandbox hold each other to their word."""

import zlib
from pathlib import Path

import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sandbox.routes import ROUTES
from tests.sandbox.caller import Caller
from tests.support.sandbox import ROOT, SandboxProcess

FILE = ROOT / "docs" / "smarthub-openapi.yaml"
ACCOUNT = "华东智能电表"
DOCUMENT = yaml.safe_load(Path(FILE).read_text(encoding="utf-8"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
schema = schemathesis.openapi.from_path(FILE)


def _operations() -> list[tuple[str, str, dict]]:
    return [
        (path, method, operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in ("get", "put", "post", "delete", "patch")
    ]


def test_the_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    validate(DOCUMENT)


def test_document_and_sandbox_know_the_same_operations_at_the_same_addresses() -> None:
    documented = {(o["operationId"], method.upper(), path) for path, method, o in _operations()}
    assert documented == {(route.name, route.method, route.path or "/") for route in ROUTES}
    assert len(documented) == 24


def test_every_operation_says_how_we_know_it_and_what_can_go_wrong() -> None:
    for _, _, operation in _operations():
        assert operation["x-source"] in ("doc", "inferred", "assumed")
        assert set(operation["responses"]) == {"200", "400", "401", "403", "404", "422", "429"}


def _make_real(case: schemathesis.Case, api: Caller) -> None:
    """Point every other example at things that exist, so that successes are checked as well as refusals."""
    turn = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode())
    real = {"giccid": api.one(("ACTIVATED", "INVENTORY", "DEACTIVATED")[turn % 3]), "name": ACCOUNT}
    real["accountName"] = ACCOUNT
    real |= {"jobId": _a_job(api)} if "jobId" in case.path_parameters else {}
    real |= {"smsMsgId": _a_message(api)} if "smsMsgId" in case.path_parameters else {}
    bodies = {
        "basicServicePackageName": "Monthly-Basic-30M",
        "servicePackageName": "Monthly-Addon-100M",
        "apnName": "cmiot.secure",
        "toGiccid": real["giccid"],
        "giccids": [real["giccid"], "1"],
        "messageText": "x",
    }
    if turn % 2:
        case.path_parameters.update({k: v for k, v in real.items() if k in case.path_parameters})
        if isinstance(case.body, dict):
            case.body.update({k: v for k, v in bodies.items() if k in case.body})


def _a_job(api: Caller) -> str:
    return str(api.post("/batchJobs/global-sims/activate", {"giccids": ["1"]}).json()["jobId"])


def _a_message(api: Caller) -> str:
    body = {"toGiccid": api.one("ACTIVATED"), "messageText": "x"}
    return str(api.post("/mt-sms", body).json()["smsMsgId"])


@schema.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_sandbox_keeps_the_documents_word(case: schemathesis.Case, sandbox: SandboxProcess) -> None:
    sandbox.settings(rate_limit=1_000_000)
    _make_real(case, Caller(sandbox))
    case.headers.pop(
        "transfer-encoding", None
    )  # framing is the server's business (RFC 9112), not the document's
    headers = {"X-API-Key": sandbox.api_key}
    case.call_and_validate(base_url=sandbox.base_url, headers=headers, checks=CHECKS)
