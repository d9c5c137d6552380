"""Messages and conversations by who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, CharField, F, Q, Value, When
from django.utils import timezone

from messaging.states import SILENCE, MessageState

if TYPE_CHECKING:
    from messaging.models import Message, Thread  # noqa: F401 - named in the class statements below
    from staff.models import User


def granted(user: User) -> list[int]:
    """Their accounts, of a person who does not see all. As numbers: with one, rows are walked in the order of a list;
    of a question in a question PostgreSQL would have to guess how many it answers.
    """
    return sorted(user.account_grants.values_list("account_id", flat=True))


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> MessageQuerySet:
        """All, or those of SIMs that were in the granted accounts when they were sent or came."""
        if user.sees_all_accounts:
            return self
        return self.filter(account_id__in=granted(user))

    def shown(self) -> MessageQuerySet:
        """With `shown_state`: as `state`, but a request without an answer for `SILENCE` is unknown."""
        silent = Q(state=MessageState.SENDING, sent_at__lt=timezone.now() - SILENCE)
        case = Case(
            When(silent, then=Value(str(MessageState.UNKNOWN))), default=F("state"), output_field=CharField()
        )
        return self.annotate(shown_state=case)

    def unclear(self) -> MessageQuerySet:
        """Of unknown outcome, as `shown` would say."""
        silent = Q(state=MessageState.SENDING, sent_at__lt=timezone.now() - SILENCE)
        return self.filter(Q(state=MessageState.UNKNOWN) | silent)


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, user: User) -> ThreadQuerySet:
        """All, or those of SIMs that were in the granted accounts when the newest message was sent or came."""
        if user.sees_all_accounts:
            return self
        return self.filter(account_id__in=granted(user))
