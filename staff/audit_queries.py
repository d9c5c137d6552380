"""Reading the audit trail: newest first, a page at a time, without counting."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.dateparse import parse_date

from staff import deeds
from staff.models import AuditEvent, User

PAGE = 50
SHOUTED_FOR = timedelta(days=7)
_WHO_LENGTH, _MOST_DIGITS = 150, 18


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; whatever can't be understood is not asked for."""

    who: str = ""
    deed: str = ""
    alarms: bool = False
    since: str = ""
    before: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> "Wanted":
        since, before = str(query.get("since", "")), str(query.get("before", ""))
        is_number = before.isascii() and before.isdigit() and len(before) <= _MOST_DIGITS
        return cls(
            who=str(query.get("who", "")).strip().replace("\0", "")[:_WHO_LENGTH],
            deed=str(query.get("deed", ""))
            if query.get("deed") in {d.name for d in deeds.all_deeds()}
            else "",
            alarms=query.get("alarms") == "1",
            since=since if _day(since) else "",
            before=int(before) if is_number else None,
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.who or self.deed or self.alarms or self.since)


def _day(text: str) -> datetime | None:
    """Midnight of that day in the reader's zone."""
    try:
        day = parse_date(text)
        return timezone.make_aware(datetime.combine(day, time.min)) if day else None
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class Line:
    """One event, in words."""

    event: AuditEvent
    sentence: str
    reason: str
    url: str


@dataclass(frozen=True)
class Piece:
    """`older`: give it as `before` to read on; None at the end."""

    lines: list[Line]
    older: int | None


def read(user: User, wanted: Wanted) -> Piece:
    """One query, by index."""
    events = AuditEvent.objects.visible_to(user)
    if wanted.who:
        events = events.filter(actor_name=wanted.who)
    if wanted.deed:
        events = events.filter(deed=wanted.deed)
    if wanted.alarms:
        events = events.filter(is_alarm=True)
    if since := _day(wanted.since):
        # Numbers grow with time, and a number is what the list is sorted by.
        last = AuditEvent.objects.filter(at__lt=since).aggregate(last=Max("pk"))["last"]
        events = events.filter(pk__gt=last or 0)
    if wanted.before is not None:
        events = events.filter(pk__lt=wanted.before)
    found = list(events.order_by("-pk")[: PAGE + 1])
    return Piece(
        [line_of(event) for event in found[:PAGE]], found[PAGE - 1].pk if len(found) > PAGE else None
    )


def line_of(event: AuditEvent) -> Line:
    return Line(
        event,
        deeds.sentence(event.deed, event.detail, event.about),
        deeds.reason(event.detail),
        deeds.address(event.deed, event.about),
    )


def alarms(user: User, now: datetime) -> list[AuditEvent]:
    """What everybody who may read the trail should have seen by now."""
    if not user.has_perm("staff.audit"):
        return []
    fresh = AuditEvent.objects.filter(is_alarm=True, at__gte=now - SHOUTED_FOR)
    return list(fresh.order_by("-at")[:5])


def names(user: User) -> list[str]:
    """People to choose from."""
    if not user.sees_all_accounts:
        return [user.username]
    return list(User.objects.order_by("username").values_list("username", flat=True)[:500])
