"""Any payload as text, however odd: what is refused must still be shown word for word."""

import json
from typing import Any


class _Text(str):
    """A piece that is finished."""


def as_text(value: Any, limit: int) -> str:
    """`value` as JSON in ASCII (a NUL stays an escape), at most `limit` characters. Never raises."""
    try:
        return json.dumps(value, ensure_ascii=True, default=_described)[:limit]
    except (RecursionError, TypeError, ValueError):  # 100,000 brackets, odd keys, integers of 5,000 digits
        return _flat(value, limit)


def _flat(value: Any, limit: int) -> str:
    """The same without recursion."""
    parts: list[str] = []
    waiting, length = [value], 0
    while waiting and length < limit:
        item = waiting.pop()
        if isinstance(item, dict | list | tuple):
            waiting.extend(reversed(_pieces(item)))
            continue
        parts.append(item if isinstance(item, _Text) else _leaf(item))
        length += len(parts[-1])
    return "".join(parts)[:limit]


def _pieces(item: Any) -> list[Any]:
    pieces: list[Any] = []
    for entry in item:
        pieces.append(_Text(", "))
        if isinstance(item, dict):
            pieces += [_Text(f"{_leaf(str(entry))}: "), item[entry]]
        else:
            pieces.append(entry)
    brackets = "{}" if isinstance(item, dict) else "[]"
    return [_Text(brackets[0]), *pieces[1:], _Text(brackets[1])]


def _leaf(item: Any) -> str:
    try:
        return json.dumps(item, ensure_ascii=True, default=_described)
    except ValueError:
        return hex(item) if isinstance(item, int) else json.dumps(_described(item))


def _described(item: Any) -> str:
    return f"<{type(item).__name__}>"
