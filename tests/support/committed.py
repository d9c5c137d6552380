"""Real transactions: what other threads and processes must see. Cleaner and faster than emptying every table.

`committed` is an enterprise whose rows are really committed; it and all that hangs on it is deleted afterwards, and so
are the people who came meanwhile and what the audit trail was told: tests that follow in this database find none of it.
Import the fixture into a conftest.py; don't combine it with `db`.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max

from enterprise.models import Enterprise
from staff.models import AuditEvent, User
from tests.factories import EnterpriseFactory


@pytest.fixture
def committed(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[Enterprise]:
    # The marker comes too late to wrap this test in a transaction, but tells that the test database is needed.
    request.node.add_marker(pytest.mark.django_db)
    request.getfixturevalue("django_db_setup")
    with django_db_blocker.unblock():
        known = set(User.objects.values_list("pk", flat=True))
        told = AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0
        enterprise = EnterpriseFactory(name=f"Committed {uuid.uuid4()}", swept_at=None)
        try:
            yield enterprise
        finally:
            enterprise.delete()
            User.objects.exclude(pk__in=known).delete()
            _forget_after(told)
            connection.close()


def _forget_after(last: int) -> None:
    """The trail is append-only, so its guard is off duty for a moment; this database is the test's own."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE staff_auditevent DISABLE TRIGGER staff_audit_refuse")
        cursor.execute("DELETE FROM staff_auditevent WHERE id > %s", [last])
        cursor.execute("ALTER TABLE staff_auditevent ENABLE TRIGGER staff_audit_refuse")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Starts all at the same moment, each in a thread with a connection of its own; what they return or raise."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            results[number] = call()
        except Exception as error:  # noqa: BLE001 - handed to the caller
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    return results
