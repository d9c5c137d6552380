"""The one door to a conversation: whoever may see the SIM, or a message that was sent to it or came from it."""

from dataclasses import dataclass

from django.http import Http404
from django.shortcuts import get_object_or_404

from commands.fleet import SimCard, fleet
from enterprise.models import Enterprise
from messaging.models import Message
from messaging.querysets import MessageQuerySet
from staff.models import User


@dataclass(frozen=True)
class Conversation:
    """Of one SIM. `card`: None for a SIM that is not here (any more), or not for this person."""

    enterprise: Enterprise
    giccid: str
    card: SimCard | None

    def messages(self, user: User) -> MessageQuerySet:
        """As far as this person may see them."""
        return Message.objects.visible_to(user).filter(enterprise=self.enterprise, giccid=self.giccid)


def get_conversation_or_404(user: User, giccid: str) -> Conversation:
    """404 for a stranger. Among enterprises sharing an ICCID the first is shown, as on the SIM's page."""
    card = fleet().card(user, giccid)
    if card is not None:
        return Conversation(Enterprise.objects.get(pk=card.enterprise_id), giccid, card)
    # Every index of messages begins with the enterprise.
    seen = Message.objects.visible_to(user).filter(
        giccid=giccid, enterprise__in=Enterprise.objects.values("pk")
    )
    enterprise_id = seen.order_by("enterprise_id").values_list("enterprise_id", flat=True).first()
    if enterprise_id is None:
        raise Http404
    return Conversation(get_object_or_404(Enterprise, pk=enterprise_id), giccid, None)
