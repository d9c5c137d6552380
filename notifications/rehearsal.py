"""The sandbox's side of pushes, as an operator would arrange it at SmartHub: where to send, and "send one now".

Only for the connection to the portal's own sandbox; the real platform has no such interface.
"""

import contextlib
import http.client
import json
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from common.sealing import SealError
from enterprise.models import Enterprise
from notifications import addresses

_SECONDS = 5


class NotSent(Exception):
    """The sandbox could not be asked; a sentence that says why."""


def is_possible(enterprise: Enterprise) -> bool:
    """Whether this is the connection to our own sandbox, and we hold its control token."""
    own = enterprise.is_sandbox and enterprise.base_url == url()
    return own and bool(settings.SANDBOX_CONTROL_TOKEN)


def url() -> str:
    """Where the portal's own sandbox answers."""
    return f"http://127.0.0.1:{settings.SANDBOX_PORT}/v1"


def tell_targets(enterprise: Enterprise) -> None:
    """Where to push to and the key to sign with. Raises `NotSent`."""
    try:
        key = enterprise.reveal("push_key")
        urls = addresses.urls(addresses.ensure(enterprise).values())
    except SealError:
        raise NotSent(_("The push key can't be opened. Enter it anew.")) from None
    _control("PUT", "push-targets", {"key": key, "urls": urls})


def send_one(enterprise: Enterprise, kind: str) -> None:
    """One true push of this kind to its newest address, about some SIM. Raises `NotSent`."""
    if not is_possible(enterprise):
        raise NotSent(_("Only the portal's own sandbox can be asked to send a push."))
    tell_targets(enterprise)
    _control("POST", "pushes", {"kind": kind, "count": 1, "delay": 0})


def _control(method: str, path: str, body: dict[str, Any]) -> None:
    link = http.client.HTTPConnection("127.0.0.1", settings.SANDBOX_PORT, timeout=_SECONDS)
    headers = {"X-Control-Token": settings.SANDBOX_CONTROL_TOKEN, "Content-Type": "application/json"}
    with contextlib.closing(link):
        try:
            link.request(method, f"/control/{path}", json.dumps(body), headers)
            answer = link.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            raise NotSent(_("The sandbox does not answer.")) from None
    if answer.status >= 400:
        raise NotSent(_("The sandbox refused: %(status)s.") % {"status": answer.status})
