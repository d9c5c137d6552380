"""What single SIMs would get: the text of each, filled, measured, or the reason why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commands.fleet import SimCard, fleet
from commands.kinds import kind_named
from commands.states import MESSAGE
from commands.why import why_text
from messaging.texts import Length, measure

ACTIVATED = "ACTIVATED"


@dataclass(frozen=True)
class Sample:
    """`why`: why it would get none, in words; `length`: None then."""

    card: SimCard
    text: str
    why: str
    length: Length | None


def samples(enterprise_id: int, giccids: Sequence[str], text: str, max_parts: int) -> list[Sample]:
    """In the order given, without unknown SIMs. Who asks may see them: the caller knows."""
    cards = fleet().cards(enterprise_id, giccids)
    values = fleet().variables(enterprise_id, giccids)
    params = {"text": text, "max_parts": max_parts}
    return [_of(cards[g], params, values.get(g, {})) for g in giccids if g in cards]


def _of(card: SimCard, params: dict[str, object], values: Mapping[str, str]) -> Sample:
    kind = kind_named(MESSAGE)
    assert kind.compose is not None  # noqa: S101 - messages have texts
    if card.status != ACTIVATED:
        return Sample(card, "", why_text("not_active", ""), None)
    made = kind.compose(params, values)
    if made.why:
        note = kind.explain(made.why, made.note)
        return Sample(card, "", ": ".join(filter(None, [why_text(made.why, ""), note])), None)
    return Sample(card, made.text, "", measure(made.text))
