"""Answers and errors in the platform's shapes (doc: "Client Error"), and reading JSON bodies."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

Json = dict[str, Any]
TITLES = {
    400: "Bad Request",
    401: "Invalid api key",
    403: "Access forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    422: "Validation Failed",
    429: "API rate limit exceeded",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass
class ApiError(Exception):
    """An error answer. `errors` entries are {"resource", "field", "code"[, "message"]}."""

    status: int
    detail: str | None = None
    errors: list[Json] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> Json:
        """The error's JSON; 404 and 405 are assumed in the same shape."""
        made: Json = {"type": "about:blank", "title": TITLES.get(self.status, "Error"), "status": self.status}
        if self.detail:
            made["detail"] = self.detail
        if self.errors:
            made["errors"] = self.errors
        return made

    def response(self) -> HttpResponse:
        """The error as an HTTP response."""
        return json_response(self.body(), self.status, self.headers)


def invalid(resource: str, name: str, code: str = "invalid", message: str | None = None) -> ApiError:
    """422 with one entry. Codes: missing, missing_field, invalid, already_exists, illegal_status (doc)."""
    entry = {"resource": resource, "field": name, "code": code}
    if message:
        entry["message"] = message
    return ApiError(422, errors=[entry])


def bad_body() -> ApiError:
    """400 for malformed JSON and for a value of the wrong type alike (doc)."""
    return ApiError(400, detail="Body should be a JSON object")


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """A JSON response; UTF-8, nothing escaped."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return HttpResponse(content, status=status, content_type="application/json", headers=headers)


def read_json(data: bytes) -> Any:
    """The JSON value in `data`; ValueError for anything that cannot be stored and sent back as UTF-8 JSON."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")  # lone surrogates, 1e999
    except RecursionError as problem:
        raise ValueError("nested too deeply") from problem
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
