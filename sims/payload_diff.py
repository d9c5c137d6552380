"""What differs between two payloads, as a list of paths a person can read."""

from dataclasses import dataclass
from typing import Any

LIMIT = 500
ABSENT: Any = object()


@dataclass(frozen=True)
class Difference:
    """`before` or `after` is `ABSENT` where the path does not exist; a path reads `apnList[0].apnStatus`."""

    path: str
    before: Any
    after: Any


def differences(old: Any, new: Any) -> list[Difference]:
    """Leaves that differ, in the order of the newer payload, at most `LIMIT`. Works without recursion: payloads
    may be nested as deep as their sender likes."""
    found: list[Difference] = []
    waiting: list[tuple[str, Any, Any]] = [("", old, new)]
    while waiting and len(found) < LIMIT:
        path, before, after = waiting.pop()
        parts = _parts(path, before, after)
        if parts is None:
            if not _equal(before, after):
                found.append(Difference(path, before, after))
        else:
            waiting.extend(reversed(parts))
    return found


def _parts(path: str, before: Any, after: Any) -> list[tuple[str, Any, Any]] | None:
    """Pairs one level deeper; None where two different kinds of values, or two leaves, meet."""
    sides = [side for side in (before, after) if side is not ABSENT]
    if all(isinstance(side, dict) for side in sides) and any(sides):
        names = dict.fromkeys(name for side in reversed(sides) for name in side)
        deeper = [(f"{path}.{name}" if path else str(name), name) for name in names]
        return [(where, _get(before, name), _get(after, name)) for where, name in deeper]
    if all(isinstance(side, list) for side in sides) and any(sides):
        count = max(len(side) for side in sides)
        return [(f"{path}[{n}]", _item(before, n), _item(after, n)) for n in range(count)]
    return None


def _get(side: Any, name: str) -> Any:
    return ABSENT if side is ABSENT else side.get(name, ABSENT)


def _item(side: Any, number: int) -> Any:
    return side[number] if side is not ABSENT and number < len(side) else ABSENT


def _equal(before: Any, after: Any) -> bool:
    """Equal as JSON: `true` is not 1, but 1.0 is."""
    return isinstance(before, bool) == isinstance(after, bool) and before == after
