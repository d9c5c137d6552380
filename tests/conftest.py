"""The cast and its small world, for every test that needs people, connections or SIMs.

    enterprise ── account ─────── sim          the viewer, operator, approver and admin see all of it
              └── other_account                the outsider (an operator) sees this account only
    foreign_enterprise ── foreign_account ── foreign_sim      the stranger (a viewer) sees this account only

`sign_in(person)` gives a browser of that person; None is the anonymous one.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import pytest
import responses
from django.db import connections
from django.test import Client
from django.test.client import ClientHandler

from enterprise import budget
from enterprise.models import Account, Enterprise
from sims.models import Sim
from staff.models import User
from tests import factories
from tests.support import template

SignIn = Callable[[User | None], Client]
PATIENCE_S = 20.0


@pytest.fixture(scope="session", autouse=True)
def usual_redis_seconds() -> Iterator[float]:
    """A machine that stands still for a moment must not look like a lost Redis, after which a process sends little
    for a while. Gives what the portal itself allows, for tests of that loss.
    """
    usual, budget.REDIS_SECONDS = budget.REDIS_SECONDS, PATIENCE_S
    yield usual
    budget.REDIS_SECONDS = usual


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> None:
    """Each worker's database is a copy."""
    with django_db_blocker.unblock():
        connections["default"].settings_dict["TEST"]["TEMPLATE"] = template.migrated()


@pytest.fixture
def enterprise(db: None) -> Enterprise:
    """The one at home; created first, so it is the one shown when nobody chose."""
    return factories.EnterpriseFactory(name="Home Enterprise")


@pytest.fixture
def account(enterprise: Enterprise) -> Account:
    return factories.AccountFactory(enterprise=enterprise, name="Home Account")


@pytest.fixture
def other_account(enterprise: Enterprise) -> Account:
    return factories.AccountFactory(enterprise=enterprise, name="Other Account")


@pytest.fixture
def foreign_enterprise(enterprise: Enterprise) -> Enterprise:
    return factories.EnterpriseFactory(name="Foreign Enterprise")


@pytest.fixture
def foreign_account(foreign_enterprise: Enterprise) -> Account:
    return factories.AccountFactory(enterprise=foreign_enterprise, name="Foreign Account")


@pytest.fixture
def sim(account: Account) -> Sim:
    factories.ServicePackageFactory(account=account)
    return factories.SimFactory(account=account)


@pytest.fixture
def foreign_sim(foreign_account: Account) -> Sim:
    return factories.SimFactory(account=foreign_account)


@pytest.fixture
def viewer(db: None) -> User:
    return factories.UserFactory(username="viewer", role="viewer")


@pytest.fixture
def operator(db: None) -> User:
    return factories.UserFactory(username="operator", role="operator")


@pytest.fixture
def approver(db: None) -> User:
    return factories.UserFactory(username="approver", role="approver")


@pytest.fixture
def admin(db: None) -> User:
    """The demo's administrator: role admin, and the key to Django's admin site."""
    return factories.UserFactory(username="admin", role="admin", is_staff=True, is_superuser=True)


@pytest.fixture
def nobody(db: None) -> User:
    """Signed in, sees all accounts, holds no role."""
    return factories.UserFactory(username="nobody")


@pytest.fixture
def stranger(foreign_account: Account) -> User:
    """A viewer of an account of another enterprise: to them, this enterprise must not exist."""
    return factories.UserFactory(username="stranger", role="viewer", accounts=[foreign_account])


@pytest.fixture
def outsider(other_account: Account) -> User:
    """An operator of another account of the same enterprise."""
    return factories.UserFactory(username="outsider", role="operator", accounts=[other_account])


@lru_cache
def _handler() -> ClientHandler:
    """One chain of middleware for all browsers: to build one, every static file is looked at."""
    return ClientHandler(enforce_csrf_checks=False)


@pytest.fixture
def sign_in() -> SignIn:
    """`sign_in(person)`: a browser of theirs, without the cost of a password check; None: nobody's browser."""

    def browser(person: User | None) -> Client:
        client = Client()
        client.handler = _handler()
        if person is not None:
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return browser


@pytest.fixture
def smarthub() -> Iterator[responses.RequestsMock]:
    """No HTTP request leaves: `smarthub.get(url, json=...)` answers one, any other fails; `.calls` tells all."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
