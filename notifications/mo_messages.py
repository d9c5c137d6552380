"""What SIMs sent: pushes of that kind become messages, in the transaction that processes them."""

from collections.abc import Sequence
from typing import Any

from enterprise.connections import storable
from messaging.incoming import LONGEST, Incoming, receive
from messaging.times import moment
from notifications import bodies
from notifications.models import Event

KIND = "mo-sms"


def take(events: Sequence[Event]) -> None:
    """One message for each push about a SIM, however often it is processed."""
    found = [_incoming(event) for event in events if event.kind == KIND and event.giccid]
    if found:
        receive(found)


def _incoming(event: Event) -> Incoming:
    """Read by name (all fields assumed); from the body itself, because an event keeps texts to a page's length only."""
    body = bodies.parse(bytes(event.push.body))
    return Incoming(
        enterprise_id=event.enterprise_id,
        push_id=event.push_id,
        giccid=event.giccid,
        text=_text(body, ("messageText", "text", "content"), LONGEST),
        received_at=event.push.received_at,
        remote_id=_text(body, ("smsMsgId",), 200),
        from_msisdn=_text(body, ("fromMsisdn",), 40),
        to_msisdn=_text(body, ("toMsisdn",), 40),
        created_time=moment(body.get("createdTime")),
    )


def _text(body: dict[str, Any], names: tuple[str, ...], limit: int) -> str:
    value = next((body[name] for name in names if body.get(name) is not None), None)
    if value is None or isinstance(value, dict | list):
        return ""
    return storable(str(value), limit)
