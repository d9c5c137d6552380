"""SmartHub's part: signs a body and posts it to the address it was given."""

import json
import time
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client, RequestFactory

from enterprise.models import Enterprise
from notifications import addresses, reception
from notifications.models import PushAddress
from smarthub_client.signing import make_signature
from tests.factories import PUSH_KEY

CREATED = "2026-11-01T10:00:00+0000"


def signed(
    body: dict[str, Any], *, key: str = PUSH_KEY, at: float | None = None, date: Any = None
) -> dict[str, Any]:
    """`at`: the second that is signed; `date`: how it is written."""
    second = int(time.time() if at is None else at)
    return {**body, "signature": make_signature(key, second), "datePush": second if date is None else date}


def address_of(enterprise: Enterprise, kind: str = "sim-status") -> PushAddress:
    return addresses.ensure(enterprise)[kind]


def path_of(enterprise: Enterprise, kind: str = "sim-status") -> str:
    return urlsplit(addresses.url_of(address_of(enterprise, kind))).path


def post(path: str, body: bytes | dict[str, Any], **headers: str) -> HttpResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(path, data, content_type="application/json", headers=headers)


def push(enterprise: Enterprise, kind: str = "sim-status", **fields: Any) -> HttpResponse:
    """A good one, through the whole stack."""
    return post(path_of(enterprise, kind), signed({"createdTime": CREATED, **fields}))


def take(path: str, body: bytes) -> int:
    """The same without middleware, for thousands of them."""
    token, kind = path.split("/")[2:]
    request = RequestFactory().post(path, body, content_type="application/json")
    return reception.take(reception.letter_of(request, token, kind))
