"""`manage.py seed_demo`: the demo's people and its connection to the sandbox. Safe to repeat."""

import contextlib
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand
from django.db import transaction

from enterprise.models import Enterprise
from notifications import defaults, rehearsal
from notifications.models import Channel
from smarthub_portal import env
from staff.models import User
from staff.roles import ADMIN, ROLES


class Command(BaseCommand):
    help = "Creates the four demo sign-ins and the connection to the sandbox, or brings them up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            enterprise = self.seed()
            _seed_channel(enterprise)
        # A sandbox that is away is told at the next start.
        with contextlib.suppress(rehearsal.NotSent):
            rehearsal.tell_targets(enterprise)

    def seed(self) -> Enterprise:
        password = env.text("PORTAL_DEMO_PASSWORD")
        for role in ROLES:
            _seed_person(role, password)
        # Somebody may have connected a second sandbox: the first one is the demo's.
        enterprise = Enterprise.objects.filter(is_sandbox=True).order_by("pk").first()
        enterprise = enterprise or Enterprise(is_sandbox=True, name="SmartHub sandbox")
        enterprise.base_url = rehearsal.url()
        enterprise.set_secret("api_key", env.text("SANDBOX_API_KEY"))
        enterprise.set_secret("push_key", env.text("PORTAL_DEMO_PUSH_KEY"))
        enterprise.save()
        return enterprise


def _seed_channel(enterprise: Enterprise) -> None:
    """Who looks around sees how people are told; without a mail server the letters go to a folder."""
    if enterprise.channels.exists():
        return
    desk = Channel.objects.create(
        enterprise=enterprise,
        kind=Channel.Kind.EMAIL,
        name="Operations desk",
        recipients=["operations@example.com"],
    )
    defaults.ensure()
    desk.alert_rules.set(enterprise.alert_rules.all())


def _seed_person(role: str, password: str) -> None:
    """The name is the role. The password follows PORTAL_DEMO_PASSWORD, so that the banner always tells the truth."""
    is_admin = role == ADMIN
    person, created = User.objects.get_or_create(
        username=role,
        defaults={"sees_all_accounts": True, "is_staff": is_admin, "is_superuser": is_admin},
    )
    if created or not person.check_password(password):
        person.set_password(password)
        person.save(update_fields=["password"])
    person.groups.set([Group.objects.get(name=role)])
