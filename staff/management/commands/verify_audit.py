"""`manage.py verify_audit`: whether anybody edited the audit trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from staff.audit_check import check


class Command(BaseCommand):
    help = "Recomputes the chain of the audit trail and prints its head: keep that, and give it as --head next time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head", default="", help="A hash printed earlier; it must still be in the trail."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = check(options["head"].strip().lower())
        if verdict.broken:
            raise CommandError(
                f"The audit trail was edited: {verdict.broken}. The {verdict.count} events before are whole."
            )
        if not verdict.has_head:
            raise CommandError(
                "The audit trail was replaced or cut off: it does not hold the given head any more."
            )
        self.stdout.write(
            f"{verdict.count} events, unbroken. Head: {verdict.last_id} {verdict.head or '(empty)'}"
        )
