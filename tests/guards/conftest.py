from collections.abc import Iterator
from contextlib import ExitStack
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction

from tests.guards import world as worlds


@pytest.fixture(scope="module")
def built_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[worlds.World]:
    """Once for a module, in a transaction around those of its tests: to build it takes as long as most of them."""
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(transaction.atomic())
            built = worlds.build()
        yield built
        with django_db_blocker.unblock():
            transaction.set_rollback(True)
            stack.close()


@pytest.fixture
def world(built_world: worlds.World, db: None) -> worlds.World:
    """A copy of its own: what a test writes is undone, what it sets on a row in memory would not be."""
    return deepcopy(built_world)
