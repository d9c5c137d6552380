"""The states of a message. They only go forward: a late or repeated report changes nothing (see `Message.advance`)."""

from datetime import UTC, datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

SILENCE = timedelta(seconds=3)
"""A request that has had no answer for so long is shown as unknown: its worker may be gone."""


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""`run_at` of a message nobody is asked about any more, unless a push claims something new."""


class MessageState(models.TextChoices):
    """Up to `ACCEPTED` it follows its order (a database trigger), from there on what SmartHub says of it."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    UNKNOWN = "unknown", _("Outcome unknown")
    ACCEPTED = "accepted", _("Accepted, awaiting report")
    NO_REPORT = "no_report", _("No report")
    FAILED = "failed", _("Failed")
    DELIVERED = "delivered", _("Delivered")
    REFUSED = "refused", _("Refused")
    NOT_SENT = "not_sent", _("Not sent")
    CANCELLED = "cancelled", _("Cancelled")
    RECEIVED = "received", _("Received")


S = MessageState
RANK = {S.QUEUED: 0, S.SENDING: 1, S.UNKNOWN: 2, S.ACCEPTED: 3, S.NO_REPORT: 4, S.FAILED: 5, S.DELIVERED: 6}
"""How far a message is. Those without a rank are ends."""
REPORTED = {"DELIVERED": S.DELIVERED, "FAILED": S.FAILED}
"""What `Query SMS` says (assumed: PENDING DELIVERED FAILED). Any other word is shown as it came and waited out."""
ASKABLE = (S.ACCEPTED, S.NO_REPORT, S.FAILED)
"""What SmartHub says of it may still change."""


def before(state: MessageState) -> list[str]:
    """States a message may come from to be `state`."""
    return [str(other) for other, rank in RANK.items() if rank < RANK[state]]
