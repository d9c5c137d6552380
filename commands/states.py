"""The states of a command, and which may follow which. The database's rows are the truth; this is their grammar."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """`PLANNED` and `SKIPPED` stand in a plan; every other state says what became of an order to the platform."""

    PLANNED = "planned", _("Planned")
    SKIPPED = "skipped", _("Left alone")
    QUEUED = "queued", _("Queued")
    LEASED = "leased", _("Picked up")
    SENT = "sent", _("Sent")
    ACKED = "acked", _("Accepted")
    UNKNOWN = "unknown", _("Outcome unknown")
    NEEDS_HUMAN = "needs_human", _("Needs a person")
    APPLIED = "applied", _("Applied")
    REJECTED = "rejected", _("Rejected")
    NOT_APPLIED = "not_applied", _("Not applied")
    CANCELLED = "cancelled", _("Cancelled")


S = State
MESSAGE = "sms"
"""The kind of order that is a message: it changes nothing about the SIM, so neither waits for the other."""
IN_FLIGHT = (S.QUEUED, S.LEASED, S.SENT, S.ACKED, S.UNKNOWN, S.NEEDS_HUMAN)
"""One change of a SIM at most is in one of these (a partial unique index)."""
ON_ITS_WAY = (S.QUEUED, S.LEASED, S.SENT)
"""One message to a SIM at most is in one of these, so that they leave in order. An unknown one holds up no other."""
UNDER_WAY = tuple(state for state in IN_FLIGHT if state != S.NEEDS_HUMAN)
"""What goes on by itself."""
TERMINAL = (S.SKIPPED, S.APPLIED, S.REJECTED, S.NOT_APPLIED, S.CANCELLED)
FAILED = (S.REJECTED, S.NOT_APPLIED)
"""What "retry failed only" takes up."""
SETTLING = (S.ACKED, S.UNKNOWN)
ORDERED = (*IN_FLIGHT, S.APPLIED, S.REJECTED, S.NOT_APPLIED, S.CANCELLED)
"""Everything lists of commands show: what stands in a plan only is none yet."""

NEXT: Mapping[State, frozenset[State]] = {
    S.PLANNED: frozenset({S.QUEUED, S.CANCELLED}),
    S.SKIPPED: frozenset(),
    # A paused plan takes back what was not picked up.
    S.QUEUED: frozenset({S.LEASED, S.PLANNED, S.CANCELLED, S.REJECTED, S.NOT_APPLIED, S.NEEDS_HUMAN}),
    # Nothing has left yet: a lease that ran out leads back, a refused one (never sent) too.
    S.LEASED: frozenset({S.SENT, S.QUEUED, S.REJECTED}),
    # Back to queued only by its own holder, who knows that no byte left or that the platform said 429.
    # Applied at once: a message, whose acceptance is all that was ordered.
    S.SENT: frozenset({S.ACKED, S.APPLIED, S.REJECTED, S.UNKNOWN, S.QUEUED}),
    S.ACKED: frozenset({S.APPLIED, S.REJECTED, S.UNKNOWN, S.NEEDS_HUMAN}),
    # Queued again: read as "not applied" twice, far enough apart, for a command that may be sent again.
    S.UNKNOWN: frozenset({S.ACKED, S.APPLIED, S.REJECTED, S.NOT_APPLIED, S.NEEDS_HUMAN, S.QUEUED}),
    # Unknown again: a person wants the SIM to be read once more.
    S.NEEDS_HUMAN: frozenset({S.APPLIED, S.NOT_APPLIED, S.QUEUED, S.UNKNOWN}),
    S.APPLIED: frozenset(),
    S.REJECTED: frozenset(),
    S.NOT_APPLIED: frozenset(),
    S.CANCELLED: frozenset(),
}
