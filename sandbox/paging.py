"""Pages as documented: `page`, `size`, a Link header, X-Total-Count, and the echo in the body (doc).

The documentation's text numbers pages from 1, its samples from 0; `page_base` decides.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from . import knobs
from .answers import Json, invalid
from .call import Call

DEFAULT_SIZE = 30
MAX_SIZE = 100
_DIGITS = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(frozen=True)
class Page:
    """The page asked for. `start` counts rows from 0 and never lies below 0."""

    number: int
    size: int
    base: int
    shift: int

    @property
    def start(self) -> int:
        """Index of the first row; moved when the fault `shift` is on."""
        return max(0, (self.number - self.base) * self.size + self.shift)


@dataclass(frozen=True)
class Answer:
    """A view's result when headers go with the body."""

    body: Json
    headers: dict[str, str]


def read(call: Call) -> Page:
    """The page a request asks for; 422 `invalid` for a number that is none, or out of range."""
    base = knobs.current.page_base
    number, size = _number(call, "page", base), _number(call, "size", DEFAULT_SIZE)
    if number < base:
        raise invalid("page", "page")
    if not 1 <= size <= MAX_SIZE:
        raise invalid("page", "size")
    return Page(number, size, base, call.shift)


def _number(call: Call, name: str, default: int) -> int:
    raw = call.query(name)
    if raw is None:
        return default
    if not _DIGITS.fullmatch(raw):
        raise invalid("page", name)
    return int(raw)


def answer(
    call: Call, page: Page, total: int, rows: list[Json], *, extra: Json | None = None, key: str = "data"
) -> Answer:
    """The body `{**extra, key: rows, page, size, total}` with its headers."""
    body = {**(extra or {}), key: rows, "page": page.number, "size": page.size, "total": total}
    return Answer(body, {"Link": _links(call, page, total), "X-Total-Count": str(total)})


def _links(call: Call, page: Page, total: int) -> str:
    first = page.base
    last = first + max(0, total - 1) // page.size
    targets = {"next": page.number + 1, "prev": min(page.number - 1, last), "last": last, "first": first}
    if page.number >= last:
        del targets["next"]
    if page.number <= first:
        del targets["prev"]
    others = [(k, v) for k, v in call.request.GET.items() if k not in ("page", "size") and v]
    root = call.request.build_absolute_uri(call.request.path)
    return ", ".join(
        f'<{root}?{urlencode([*others, ("page", number), ("size", page.size)])}>; rel="{name}"'
        for name, number in targets.items()
    )
