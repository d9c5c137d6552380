"""What a SIM sent is read, or to be read again, by whoever works with conversations."""

from django.utils import timezone

from messaging.access import Conversation
from messaging.models import Message
from staff.models import User


def mark_read(user: User, talk: Conversation, upto: int) -> int:
    """Everything the page showed: up to this number, so that what came meanwhile stays unread. How many."""
    new = talk.messages(user).filter(direction=Message.Direction.MO, read_at=None, pk__lte=upto)
    return new.update(read_at=timezone.now(), read_by=user)


def mark_unread(user: User, talk: Conversation) -> int:
    """The newest one a SIM sent is to be looked at again; 0 where it sent none."""
    came = talk.messages(user).filter(direction=Message.Direction.MO)
    newest = came.order_by("-at", "-pk").values_list("pk", flat=True).first()
    return Message.objects.filter(pk=newest).update(read_at=None, read_by=None) if newest else 0
