"""The audit trail: who did what, when, why. Rows are only ever added."""

from typing import Any

from staff.models import AuditEvent, User


def record(
    actor: User | None,
    deed: str,
    about: object,
    *,
    detail: dict[str, Any] | None = None,
    is_alarm: bool = False,
) -> AuditEvent:
    """Adds an event; joins the caller's transaction, so that there is no deed without its event.

    `deed`: `noun.verb`. `about`: what it was done to. `is_alarm`: everybody should see it.
    """
    return AuditEvent.objects.create(
        actor=actor,
        actor_name=actor.username if actor else "",
        deed=deed,
        about=str(about)[:200],
        detail=detail or {},
        is_alarm=is_alarm,
    )
