"""What changes must know of SIMs, answered by `sims` (which lies above and registers itself in `AppConfig.ready`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from commands.models import Plan
from smarthub_client.reply import Reply
from staff.models import User


@dataclass(frozen=True)
class Reported:
    """A change the platform's log tells of (doc): type, original and target as they came, aware time."""

    at: datetime
    type: str
    original: str | None
    target: str | None
    has_failed: bool


@dataclass(frozen=True)
class SimCard:
    """What other apps show of a SIM. `url`: its page; `observed_at`: when it was read; `is_gone`: a tombstone."""

    enterprise_id: int
    account_id: int | None
    giccid: str
    label: str
    msisdn: str
    status: str
    observed_at: datetime
    is_gone: bool
    url: str


CUSTOM_READ = "custom_read"
"""Beside a SIM's variables: when its custom fields were read. None for people to name; absent: never."""


@dataclass(frozen=True)
class Chosen:
    """A selection of the person's own: `state` is resolving, ready or failed; `missing`: lines that are no SIM."""

    enterprise_id: int
    state: str
    how: str
    total: int
    missing: int
    url: str


@dataclass(frozen=True)
class CustomAges:
    """How fresh the custom fields of SIMs are; `at_once`: so many can be asked for together."""

    total: int
    never: int
    waiting: int
    oldest: datetime | None
    newest: datetime | None
    at_once: int


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

    def card(self, user: User, giccid: str) -> SimCard | None:
        """A SIM this person may see; None for a stranger's and for none."""

    def why_not(self, user: User, giccid: str, kind_name: str) -> str:
        """Why such an order can't be given for a SIM this person may see, in a sentence; empty when it can."""

    def cards(self, enterprise_id: int, giccids: Sequence[str]) -> Mapping[str, SimCard]:
        """SIMs of an enterprise by ICCID, for rows the person may see anyhow. Unknown ones are left out."""

    def find(self, user: User, enterprise_id: int, text: str, most: int) -> list[str]:
        """ICCIDs of SIMs that any part of a number or label leads to, `most` of them."""

    def variables(self, enterprise_id: int, giccids: Sequence[str]) -> Mapping[str, dict[str, str]]:
        """For each SIM what templates may name, only what it has: iccid, msisdn, label, account, …

        With `custom_read`, when its custom fields were read, if ever.
        """

    def variable_names(self) -> Sequence[str]:
        """Everything templates may name, besides `tag.` and a name."""

    def custom_read(
        self, enterprise_id: int, giccid: str, values: Mapping[str, Any], sent_at: datetime
    ) -> None:
        """Writes down the custom fields an answer told."""

    def chosen(self, user: User, uid: object) -> Chosen | None:
        """A selection of this person; None for any other."""

    def first_of(self, user: User, uid: object, most: int) -> Sequence[str]:
        """ICCIDs of the first SIMs of a selection of theirs that they see; activated ones before others."""

    def custom_ages(self, user: User, uid: object) -> CustomAges:
        """Of the SIMs of a selection of theirs."""

    def want_custom(self, user: User, uid: object) -> int:
        """Has the custom fields of those SIMs read, one call each; of how many."""

    def read_log(self, reply: Reply[Any], giccid: str) -> list[Reported]:
        """Change logs of one SIM in an answer of the platform, oldest first."""


_fleet: list[Fleet] = []


def register(fleet: Fleet) -> None:
    """Called once, by the app that keeps the SIMs."""
    _fleet[:] = [fleet]


def fleet() -> Fleet:
    """The registered one."""
    return _fleet[0]
