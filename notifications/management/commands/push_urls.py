"""`manage.py push_urls`: where SmartHub is to send its pushes."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enterprise.models import Enterprise
from notifications import addresses


class Command(BaseCommand):
    help = "Prints the push address of each kind; makes those that are missing. They are secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print {kind: url}")
        parser.add_argument("--enterprise", help="name of the connection; needed when there are several")

    def handle(self, *args: Any, **options: Any) -> None:
        urls = addresses.urls(addresses.ensure(_enterprise(options["enterprise"])).values())
        if options["json"]:
            self.stdout.write(json.dumps(urls, indent=2))
            return
        for kind, url in urls.items():
            self.stdout.write(f"{kind:16} {url}")


def _enterprise(name: str | None) -> Enterprise:
    """By name; without one the first sandbox, or the only connection there is."""
    found = list(Enterprise.objects.order_by("-is_sandbox", "pk"))
    if name is not None:
        found = [enterprise for enterprise in found if enterprise.name == name]
    if not found:
        raise CommandError("There is no such connection.")
    if len(found) > 1 and not found[0].is_sandbox:
        raise CommandError(f"Say which with --enterprise: {', '.join(one.name for one in found)}.")
    return found[0]
