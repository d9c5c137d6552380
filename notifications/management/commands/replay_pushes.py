"""`manage.py replay_pushes`: processes stored pushes anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from notifications import claims
from notifications.kinds import KINDS
from notifications.models import Push


class Command(BaseCommand):
    help = "Processes stored pushes anew: those given up, of some numbers, or of a range. A push keeps its one event."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="*", type=int, help="numbers of pushes")
        parser.add_argument("--dead", action="store_true", help="only those given up")
        parser.add_argument("--first", type=int, help="from this number on")
        parser.add_argument("--last", type=int, help="up to this number")
        parser.add_argument("--since", help="received at this time or later, 2026-01-31T12:00:00Z")
        parser.add_argument("--until", help="received before this time")
        parser.add_argument("--kind", choices=list(KINDS))
        parser.add_argument("--enterprise", help="name of the connection")

    def handle(self, *args: Any, **options: Any) -> None:
        if not any(options[name] for name in ("numbers", "dead", "first", "last", "since", "until")):
            raise CommandError("Say which: numbers, --dead, --first, --last, --since or --until.")
        count = claims.replay(chosen(options), timezone.now())
        self.stdout.write(f"{count} pushes are processed anew.")


def chosen(options: dict[str, Any]) -> "QuerySet[Push]":
    """The pushes all of these options name."""
    filters: dict[str, Any] = {
        "pk__in": options["numbers"] or None,
        "state": Push.State.DEAD if options["dead"] else None,
        "pk__gte": options["first"],
        "pk__lte": options["last"],
        "received_at__gte": _moment(options["since"]),
        "received_at__lt": _moment(options["until"]),
        "kind": options["kind"],
        "enterprise__name": options["enterprise"],
    }
    return Push.objects.filter(**{name: value for name, value in filters.items() if value is not None})


def _moment(text: str | None) -> Any:
    if text is None:
        return None
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise CommandError(f"Not a time with a zone, such as 2026-01-31T12:00:00Z: {text}")
    return moment
