"""What changes must know of SIMs, answered by `sims` (which lies above and registers itself in `AppConfig.ready`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from commands.models import Plan
from smarthub_client.reply import Reply


@dataclass(frozen=True)
class Reported:
    """A change the platform's log tells of (doc): type, original and target as they came, aware time."""

    at: datetime
    type: str
    original: str | None
    target: str | None
    has_failed: bool


class Fleet(Protocol):
    """The mirror of SIMs as this app needs it."""

    def freeze(self, plan: Plan) -> None:
        """Writes the plan's rows and its totals, groups, calls, accounts and digest. Inside a transaction."""

    def stale(self, plan: Plan, command_ids: Sequence[int] | None = None) -> set[int]:
        """Ids of planned commands whose SIM changed, is protected now or gone.

        Of these ids, about to be queued: compared with `expects`. Of all, about to be released: with `before`.
        """

    def take_in(
        self,
        enterprise_id: int,
        giccids: Sequence[str],
        items: Sequence[Any],
        sent_at: datetime,
        *,
        is_detail: bool,
    ) -> None:
        """Puts what a read-back answered through the mirror's door. Its own transaction."""

    def hint(self, enterprise_id: int, giccids: Iterable[str]) -> None:
        """These SIMs are to be read back soon; joins the caller's transaction."""

    def reported(
        self, enterprise_id: int, giccids: Sequence[str], since: datetime
    ) -> Mapping[str, list[Reported]]:
        """Change logs already here, oldest first, for each ICCID that has any."""

    def read_log(self, reply: Reply[Any], giccid: str) -> list[Reported]:
        """Change logs of one SIM in an answer of the platform, oldest first."""


_fleet: list[Fleet] = []


def register(fleet: Fleet) -> None:
    """Called once, by the app that keeps the SIMs."""
    _fleet[:] = [fleet]


def fleet() -> Fleet:
    """The registered one."""
    return _fleet[0]
