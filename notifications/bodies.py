"""Bodies of pushes: read strictly, told apart without what changes from one delivery to the next."""

import json
from hashlib import blake2b
from typing import Any, NoReturn
from uuid import UUID

SIGNED = ("signature", "datePush")
_LONGEST_NUMBER, _DEEPEST = 40, 100
Body = dict[str, Any]


class NotJSON(Exception):
    """Not a JSON object."""


def _integer(digits: str) -> int | str:
    """A number nobody could mean stays text: it is kept, and no arithmetic is done with it."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_int=_integer, parse_constant=_constant)


def parse(body: bytes) -> Body:
    """The JSON object; of a key that stands twice, the last value counts. Raises `NotJSON`."""
    try:
        found = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # bad UTF-8 is a ValueError, too
        raise NotJSON(str(error)[:200]) from None
    if not isinstance(found, dict):
        raise NotJSON("not an object")
    _check_depth(found)
    return found


def _check_depth(found: Body) -> None:
    """Without recursion: whoever reads it later may have less room than we."""
    level: list[Any] = [found]
    for _ in range(_DEEPEST):
        deeper = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]
        level = [child for child in deeper if isinstance(child, dict | list)]
        if not level:
            return
    raise NotJSON("nested too deeply")


def digest_of(kind: str, body: Body) -> UUID:
    """The same for every delivery of one push, in whatever order its keys."""
    rest = {name: value for name, value in body.items() if name not in SIGNED}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return UUID(bytes=blake2b(f"{kind}\0{canonical}".encode(), digest_size=16).digest())
