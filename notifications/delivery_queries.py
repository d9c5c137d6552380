"""Reads of deliveries: pages by walking down the numbers, so that no page counts what is kept for months."""

from collections.abc import Mapping
from dataclasses import dataclass

from enterprise.models import Enterprise
from notifications.models import Channel, Delivery
from staff.models import User

PAGE_SIZE = 50


@dataclass(frozen=True)
class DeliveryFilter:
    """Out of an address anybody may have typed: what means nothing filters nothing."""

    channel: int | None = None
    state: str = ""
    before: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "DeliveryFilter":
        state = query.get("state", "")
        return cls(
            _number(query.get("channel", "")),
            state if state in Delivery.State.values else "",
            _number(query.get("before", "")),
        )

    @property
    def is_set(self) -> bool:
        return bool(self.channel or self.state)


@dataclass(frozen=True)
class Slice:
    """One page; `older` is the number to go on below, None at the end."""

    deliveries: list[Delivery]
    older: int | None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def channels(user: User, enterprise: Enterprise) -> list[Channel]:
    """By name, without what is sealed."""
    rows = Channel.objects.visible_to(user).filter(enterprise=enterprise)
    return list(rows.defer("url_sealed", "secret_sealed", "secret_previous_sealed"))


def deliveries(user: User, enterprise: Enterprise, chosen: DeliveryFilter) -> Slice:
    """The newest of the enterprise that this person may see, without what was sent."""
    rows = Delivery.objects.visible_to(user).filter(enterprise=enterprise)
    if chosen.channel:
        rows = rows.filter(channel=chosen.channel)
    if chosen.state:
        rows = rows.filter(state=chosen.state)
    if chosen.before:
        rows = rows.filter(pk__lt=chosen.before)
    found = list(rows.select_related("channel").defer("payload")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return Slice(page, page[-1].pk if len(found) > PAGE_SIZE else None)
