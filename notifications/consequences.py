"""What follows when a rule has found something: people are told, and SIMs tagged or suspended if the rule says so."""

from collections.abc import Sequence
from datetime import datetime

from notifications import suspending, tagging, telling
from notifications.models import Rule
from notifications.raising import Raised


def follow(rule: Rule, raised: Sequence[Raised], now: datetime) -> None:
    """Joins the transaction that raised them."""
    for one in raised:
        telling.raised(one, now)
        tagging.consider(rule, one, now)
        suspending.consider(rule, one, now)
