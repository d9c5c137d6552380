"""Messages from SIMs, as pushes tell of them. SmartHub has no way to ask back, so each stays unverified: shown,
searched, told of, and never a reason to command anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.fleet import fleet
from messaging.models import Message
from messaging.states import NEVER, MessageState

LONGEST = 4000


@dataclass(frozen=True)
class Incoming:
    """What a mo-sms push says (fields assumed). `push_id` is ours, `received_at` too; texts are storable."""

    enterprise_id: int
    push_id: int
    giccid: str
    text: str
    received_at: datetime
    remote_id: str = ""
    from_msisdn: str = ""
    to_msisdn: str = ""
    created_time: datetime | None = None


def receive(found: Sequence[Incoming]) -> None:
    """One message for each, however often it is told. Joins the transaction that processes the pushes."""
    accounts = _accounts(found)
    rows = [
        Message(
            enterprise_id=one.enterprise_id,
            giccid=one.giccid,
            account_id=accounts.get((one.enterprise_id, one.giccid)),
            direction=Message.Direction.MO,
            state=MessageState.RECEIVED,
            text=one.text[:LONGEST],
            remote_id=one.remote_id[:200],
            at=one.received_at,
            run_at=NEVER,
            push_id=one.push_id,
            from_msisdn=one.from_msisdn[:40],
            to_msisdn=one.to_msisdn[:40],
            created_time=one.created_time,
        )
        for one in found
        if one.giccid
    ]
    rows.sort(key=lambda row: (row.enterprise_id, row.giccid))  # conversations are locked in one order
    Message.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _accounts(found: Sequence[Incoming]) -> dict[tuple[int, str], int | None]:
    known: dict[tuple[int, str], int | None] = {}
    for enterprise_id in sorted({one.enterprise_id for one in found}):
        giccids = sorted({one.giccid for one in found if one.enterprise_id == enterprise_id and one.giccid})
        cards = fleet().cards(enterprise_id, giccids)
        known |= {(enterprise_id, giccid): card.account_id for giccid, card in cards.items()}
    return known
