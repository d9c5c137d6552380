"""One request on its way to a view: what every view may ask of it."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from . import knobs
from .answers import Json, bad_body, invalid, read_json
from .usage import Moment


@dataclass
class Call:
    """`now` is the request's one clock reading (epoch seconds). `is_stale` and `shift` are set by faults."""

    request: HttpRequest
    operation: str
    now: float
    is_stale: bool = False
    shift: int = 0
    request_id: str = field(default="")

    def __post_init__(self) -> None:
        given = self.request.headers.get("X-Request-ID", "")
        self.request_id = given[:200] or secrets.token_hex(16)

    @property
    def moment(self) -> Moment:
        """The usage step this request sees."""
        return Moment.of(self.now, knobs.current.usage_step_s)

    def query(self, name: str) -> str | None:
        """A query parameter; None if it is absent or empty (an empty filter is ignored, doc)."""
        return self.request.GET.get(name) or None

    def body(self) -> Json:
        """The JSON object sent; 400 for anything else."""
        try:
            value = read_json(self.request.body)
        except ValueError as problem:
            raise bad_body() from problem
        if not isinstance(value, dict):
            raise bad_body()
        return value

    def text(self, body: Json, resource: str, name: str) -> str:
        """A required string of the body: 422 missing_field if absent, null or empty, 400 if not a string."""
        value: Any = body.get(name)
        if value is None or value == "":
            raise invalid(resource, name, "missing_field")
        if not isinstance(value, str):
            raise bad_body()
        return value


def dump(value: Any) -> str:
    """Compact JSON for a database column."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
