"""A worker's part in selections: those too large to be frozen while a person waits."""

import logging
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from mirror import leases
from sims import selections
from sims.models import Selection

logger = logging.getLogger(__name__)
# A set that killed its worker this often will kill the next one too.
MAX_CLAIMS = 5


def open_selections() -> "QuerySet[Selection]":
    return Selection.objects.filter(state=Selection.State.RESOLVING).order_by("run_at")


def resolve(uid: UUID, now: datetime) -> None:
    """Freezes one selection, if nobody else is at it. A killed worker leaves nothing: all is one transaction."""
    selection = leases.claim(open_selections().filter(pk=uid), now)
    if selection is None:
        return
    try:
        _freeze(selection)
    except leases.LeaseLost:
        return
    except (OperationalError, InterfaceError):  # the database is away; the lease runs out and another goes on
        raise
    except Exception:
        logger.exception("selection %s failed", selection.pk)
        with suppress(leases.LeaseLost):
            _fail(selection)


def _freeze(selection: Selection) -> None:
    if selection.fence > MAX_CLAIMS:
        _fail(selection)
        return
    with transaction.atomic():
        selections.freeze(selection)


def _fail(selection: Selection) -> None:
    leases.keep(selection, state=Selection.State.FAILED, lease_until=None)
