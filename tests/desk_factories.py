"""Selections and exports for tests."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from sims.models import Export, Selection
from tests.factories import EnterpriseFactory, UserFactory


class SelectionFactory(DjangoModelFactory):
    """A frozen set, ready, of no SIMs: `SelectionFactory(owner=..., enterprise=..., query="status=RETIRED")`."""

    class Meta:
        model = Selection

    enterprise = factory.SubFactory(EnterpriseFactory)
    owner = factory.SubFactory(UserFactory)
    kind = Selection.Kind.QUERY
    state = Selection.State.READY
    ready_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class ExportFactory(DjangoModelFactory):
    """An export without its file, failed: `ExportFactory(owner=..., enterprise=..., state="queued")`."""

    class Meta:
        model = Export

    enterprise = factory.SubFactory(EnterpriseFactory)
    owner = factory.SubFactory(UserFactory)
    columns = ["giccid", "status"]
    state = Export.State.FAILED
    error = "portal"
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))
