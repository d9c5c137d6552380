"""What a push tells: read by name with fallbacks, never refused for a field that is absent, unknown or odd."""

from datetime import datetime
from typing import Any

from mirror.spec import shown_time
from notifications.bodies import SIGNED, Body
from notifications.kinds import GICCID
from notifications.models import Event, Push
from sims.hints import is_giccid

_LONGEST, _MOST_FIELDS = 400, 60


def event_of(push: Push, body: Body) -> Event:
    """Its event, not saved: unverified until something is read."""
    about = push.about
    giccid = _first(body, GICCID)
    return Event(
        push=push,
        enterprise_id=push.enterprise_id,
        kind=push.kind,
        giccid=giccid if is_giccid(giccid) else "",
        happened_at=_time(_first(body, about.happened)) or push.date_push,
        verdict=Event.Verdict.UNVERIFIED,
        original=text_of(_first(body, about.original)),
        target=text_of(_first(body, about.target)),
        claim=_flat(body),
    )


def text_of(value: object) -> str | None:
    """As PostgreSQL can hold it and a page can show it; None for what is absent or no single value."""
    if value is None or isinstance(value, dict | list):
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:_LONGEST]


def _first(body: Body, names: tuple[str, ...]) -> Any:
    return next((body[name] for name in names if body.get(name) is not None), None)


def _time(value: object) -> datetime | None:
    try:
        return shown_time(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _flat(body: Body) -> dict[str, Any]:
    """Single values, cut to a length a page can show; whatever else there is stands in the push itself."""
    fields = [(name, value) for name, value in body.items() if name not in SIGNED]
    return {
        text_of(name) or "": _value(value)
        for name, value in fields[:_MOST_FIELDS]
        if not isinstance(value, dict | list)
    }


def _value(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    return value if isinstance(value, int | float) and abs(value) < 1e15 else text_of(value)
