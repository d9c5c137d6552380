"""`manage.py seed_demo`."""

from typing import Any

import pytest
from django.core.management import call_command

from enterprise.models import Enterprise
from staff.models import User
from staff.roles import role_of
from tests.factories import EnterpriseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """A real hash takes a third of a second by design."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def everything() -> list[Any]:
    people = User.objects.order_by("pk").values(
        "pk", "username", "password", "sees_all_accounts", "is_superuser"
    )
    connections = Enterprise.objects.order_by("pk").values("pk", "uid", "name", "base_url", "is_sandbox")
    return [*people, *connections]


def test_it_makes_four_people_and_one_connection() -> None:
    call_command("seed_demo")
    assert {person.username: role_of(person) for person in User.objects.all()} == {
        name: name for name in ("viewer", "operator", "approver", "admin")
    }
    assert all(person.check_password("only-for-tests") for person in User.objects.all())
    enterprise = Enterprise.objects.get()
    assert enterprise.is_sandbox and enterprise.base_url == "http://127.0.0.1:8001/v1"
    assert enterprise.reveal("api_key") == "only-for-tests-api-key"
    assert enterprise.reveal("push_key") == "only-for-tests-push-key"


def test_repeated_it_changes_nothing() -> None:
    call_command("seed_demo")
    before = everything()
    call_command("seed_demo")
    assert everything() == before


def test_it_follows_new_keys_ports_and_passwords(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    call_command("seed_demo")
    monkeypatch.setenv("SANDBOX_API_KEY", "another-key")
    monkeypatch.setenv("PORTAL_DEMO_PASSWORD", "another-password")
    settings.SANDBOX_PORT = 9
    call_command("seed_demo")
    enterprise = Enterprise.objects.get()
    assert (enterprise.reveal("api_key"), enterprise.base_url) == ("another-key", "http://127.0.0.1:9/v1")
    assert all(person.check_password("another-password") for person in User.objects.all())


def test_it_leaves_other_people_connections_and_names_alone() -> None:
    call_command("seed_demo")
    Enterprise.objects.update(name="Renamed by somebody", sweep_minutes=5)
    real = EnterpriseFactory()
    second = EnterpriseFactory(name="A second sandbox", is_sandbox=True, base_url="http://127.0.0.1:7/v1")
    call_command("seed_demo")
    real.refresh_from_db()
    second.refresh_from_db()
    assert (real.reveal("api_key"), second.base_url) == ("api-key-only-for-tests", "http://127.0.0.1:7/v1")
    first = Enterprise.objects.get(name="Renamed by somebody")
    assert (first.sweep_minutes, Enterprise.objects.count()) == (5, 3)
