"""The campaign's people write messages: to one SIM, with double clicks, and to many as plans, often the same text."""

import uuid

from django.db import connection

from commands import plans
from commands.plans import Source
from messaging import sending
from tests.support.commands_campaign_staff import Staff

MOST_PLANS = 6
TEXTS = ("Status?", "Reboot", "好的")
_ACTIVE = """SELECT giccid FROM sims_sim WHERE enterprise_id = %s AND status = 'ACTIVATED' AND removed_at IS NULL
 ORDER BY random() LIMIT %s"""


class Writers(Staff):
    """`sent`: messages that left at least once."""

    def _new_plan(self) -> None:
        if self.running >= MOST_PLANS:
            return None  # each costs the workers a look a second
        if self.random.random() < 0.3:
            return self._one()
        params = {"text": self._text() + self.random.choice(["", " {iccid}", " {plan} {imei}"])}
        form = uuid.UUID(int=self.random.getrandbits(128))
        giccids = tuple(self._active(self._size("sms")))
        for _click in range(2 if self.random.random() < 0.2 else 1):
            plans.make(
                self.operator, self.enterprise, kind_name="sms", params=params, source=Source(giccids=giccids),
                form_uid=form,
            )  # fmt: skip
        return self._note("plans of messages")

    def _one(self) -> None:
        form, text = uuid.UUID(int=self.random.getrandbits(128)), self._text()
        (giccid,) = self._active(1)
        for _click in range(2 if self.random.random() < 0.2 else 1):
            sending.send(self.operator, self.enterprise, giccid, text=text, form_uid=form)
        self._note("single messages")

    def _text(self) -> str:
        """Half of them are those everybody sends: only their moment tells them apart."""
        return (
            self.random.choice(TEXTS) if self.random.random() < 0.5 else f"n{self.random.getrandbits(40):x}"
        )

    def _active(self, count: int) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(_ACTIVE, [self.enterprise.pk, count])
            return [giccid for (giccid,) in cursor.fetchall()]
