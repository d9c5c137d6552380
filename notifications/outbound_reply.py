"""What came back from a try, whichever way it went."""

import re
from dataclasses import dataclass

from notifications.models import Delivery

MOST_CHARACTERS = 400
_UNPRINTABLE = re.compile(r"[^\S ]+|[^\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]")


@dataclass(frozen=True)
class Reply:
    """`pause`: seconds the receiver asked to be left alone. `excerpt`: the beginning of its answer, cleaned."""

    outcome: Delivery.Outcome
    seconds: float = 0.0
    status: int | None = None
    excerpt: str = ""
    pause: int = 0

    @property
    def is_accepted(self) -> bool:
        return self.outcome is Delivery.Outcome.ACCEPTED


def excerpt_of(text: str, *secrets: str) -> str:
    """Printable, short, and without what must not be shown, should the other side repeat it."""
    for secret in secrets:
        if len(secret) > 3:
            text = text.replace(secret, "…")
    return _UNPRINTABLE.sub(" ", text).strip()[:MOST_CHARACTERS]
