"""The registry of command types: what can be done to a SIM, who may, how it is sent and how it shows.

A kind is pure: it knows the client's methods and the platform's payloads, no rows. `commands.kind_table` fills it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.utils.functional import Promise

from commands.fleet import Reported
from smarthub_client import SmartHubClient
from smarthub_client.reply import Reply

Params = Mapping[str, Any]
Payload = Mapping[str, Any]
Text = str | Promise


class Danger(IntEnum):
    """How much friction people meet: a click, a tick, the number typed. Retiring needs a second person besides."""

    CLICK = 1
    TICK = 2
    TYPE = 3


@dataclass(frozen=True)
class Composed:
    """What one SIM gets: its text, or why not (a code of `commands.why`, and what exactly)."""

    text: str
    why: str = ""
    note: str = ""


class BadParams(ValueError):
    """Parameters that make no sense; the message is for people."""


@dataclass(frozen=True)
class Field:
    """A parameter people choose. `choices`: "basic" or "supplementary" packages, "apns", "apn_status", "text"."""

    name: str
    label: Text
    choices: str
    is_required: bool = True


@dataclass(frozen=True)
class Kind:
    """One type of command.

    `read`: which answer shows the change: "list" (up to 100 SIMs in one call), "detail", "custom", or "answer": the one
    to the order itself, after which there is nothing to read; `reply_id` names its field that identifies what was made.
    `current(payload, params)`: the SIM's value that the command changes; None when the answer does not tell.
    `wanted(params)`: that value afterwards; "" where it depends on the SIM (another package on top).
    `shows(payload, params, baseline)`: whether the change is visible; None when the answer does not tell.
    `log_types`: types of change logs that tell of it. `may_reissue`: whether it may be sent again by itself after it
    was read twice as not applied. `baseline(payload, params)`: what must be known from just before the first byte.
    `compose(params, variables)`: for kinds whose `after` is a text of its own for each SIM; `variables` are
    `commands.fleet.Fleet.variables`. It reaches `send` as `params["after"]`.
    `explain(why, note)`: in the reader's language what `compose` noted of a SIM without a text.
    `form_route`: the name of the address where a plan of it is made for a selection (its uid is the argument); "": the
    form that all changes share.
    """

    name: str
    label: Text
    verb: Callable[[int], str]
    icon: str
    danger: Danger
    permission: str
    operation: str
    send: Callable[[SmartHubClient, str, Params, str], Reply[Any]]
    current: Callable[[Payload, Params], str | None]
    wanted: Callable[[Params], str]
    shows: Callable[[Payload, Params, Params], bool | None]
    clean: Callable[[Params], dict[str, Any]]
    read: str = "list"
    batch_operation: str = ""
    send_batch: Callable[[SmartHubClient, list[str], Params, str], Reply[Any]] | None = None
    fields: tuple[Field, ...] = ()
    log_types: tuple[str, ...] = ()
    may_reissue: bool = True
    needs_second_person: bool = False
    baseline: Callable[[Payload, Params], dict[str, Any]] | None = None
    compose: Callable[[Params, Mapping[str, str]], Composed] | None = None
    explain: Callable[[str, str], str] = lambda _why, note: note
    reply_id: str = ""
    form_route: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether the answer to the order is its outcome."""
        return self.read == "answer"

    @property
    def may_double(self) -> bool:
        """Whether sending it again may add to what an earlier issue did, instead of doing nothing."""
        return self.baseline is not None or self.is_answered

    def calls(self, sims: int, *, is_batched: bool) -> int:
        """Requests it costs at least: sending, and seeing what became of it. Batches of 100 (assumed)."""
        hundreds = -(-sims // 100)
        if is_batched and self.batch_operation and sims > 1:
            return 2 * hundreds
        read_before = sims if self.baseline or self.read == "custom" else 0
        return sims + read_before + (hundreds if self.read == "list" else sims)

    def reported(self, log: Reported, params: Params) -> bool:
        """Whether a change log tells of this change."""
        return log.type in self.log_types and log.target == self.log_target(params)

    def log_target(self, params: Params) -> str:
        """`target` of such a change log."""
        return self.wanted(params) or str(params.get("package", ""))


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _KINDS[kind.name] = kind


def kind_named(name: str) -> Kind:
    """Raises `KeyError`."""
    return _KINDS[name]


def all_kinds() -> list[Kind]:
    """In the order of menus."""
    return list(_KINDS.values())


def changing_kinds() -> list[Kind]:
    """Those that change something about a SIM: what menus of changes offer."""
    return [kind for kind in _KINDS.values() if not kind.is_answered]
