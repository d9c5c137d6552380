"""The audit trail: who did what, when, why. Rows are only ever added, each chained to the one before."""

import logging
from typing import Any

from staff.models import AuditEvent, User

logger = logging.getLogger(__name__)


def record(
    actor: User | None,
    deed: str,
    about: object,
    *,
    detail: dict[str, Any] | None = None,
    is_alarm: bool = False,
) -> AuditEvent:
    """Adds an event; joins the caller's transaction, so that there is no deed without its event.

    `deed`: `noun.verb` (what it reads like: `staff.deeds`). `about`: what it was done to. `is_alarm`: everybody should
    see it. Call it last: from here to the commit every other deed of the portal waits, so that the chain has no forks.
    """
    event = AuditEvent.objects.create(
        actor=actor,
        actor_name=actor.username if actor else "",
        deed=deed,
        about=str(about)[:200],
        detail=detail or {},
        is_alarm=is_alarm,
    )
    # A copy of the chain's head outside the database: logs usually go where its administrator can't edit them.
    logger.info("audit %s %s %s", event.pk, deed, event.hash)
    return event
