"""People and workers at the same moment, with real transactions."""

import uuid
from collections.abc import Iterator

import pytest
from django.utils import timezone

from enterprise.models import Enterprise
from sims import resolving, selections
from sims.models import Selection, SelectionItem
from sims.selections import State
from staff.models import User
from tests import factories
from tests.support.committed import at_once

FORM = uuid.UUID("11111111-1111-4111-8111-111111111111")


@pytest.fixture
def person(committed: Enterprise) -> Iterator[User]:
    user = factories.UserFactory(username=f"racer-{uuid.uuid4()}")
    yield user
    user.delete()


def test_clicks_and_workers_at_the_same_moment_make_one_selection(
    committed: Enterprise, person: User
) -> None:
    factories.SimFactory.create_batch(20, account=factories.AccountFactory(enterprise=committed))
    click = lambda: selections.freeze_query(person, committed, form_uid=FORM, query="")  # noqa: E731
    made = at_once(*[click] * 6)
    assert {selection.pk for selection in made} == {made[0].pk}
    Selection.objects.filter(pk=made[0].pk).update(state=State.RESOLVING)
    SelectionItem.objects.filter(selection=made[0].pk).delete()
    assert at_once(*[lambda: resolving.resolve(made[0].pk, timezone.now())] * 4) == [None] * 4
    assert SelectionItem.objects.filter(selection=made[0].pk).count() == 20
    assert Selection.objects.get(pk=made[0].pk).total == 20
