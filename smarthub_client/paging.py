"""Reading a list page by page, although nobody knows whether pages start at 0 or 1.

The vendor's text says 1, every sample of the vendor says 0. So the first request names no page, the echoed
number is the base, and each further page is the one `Link rel=next` names or the next number. A sweep can
be resumed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .errors import BadAnswer, ErrorContext, InvalidArgument
from .reply import RateLimit, Reply

Fetch = Callable[[int | None], Reply[Any]]
"""Gets one page; None means "name no page"."""

Key = str | Callable[[Mapping[str, Any]], Hashable | None]
MAX_PAGES = 20_000


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a sweep.

    `data` is the list as it came, `new` the entries not seen before in this sweep (entries without a key
    are always in it: the caller must see them to reject them). `page` and `size` are echoed by the
    platform. To continue after this page, pass `next_page` as `start_page` and `base` as `base`;
    `next_page` None: this is the last one. `total` as told.
    """

    data: Sequence[Any]
    new: Sequence[Any]
    page: int | None
    size: int | None
    total: int | None
    sent_at: datetime
    rate: RateLimit | None
    base: int | None
    next_page: int | None

    @property
    def is_last(self) -> bool:
        """Whether the sweep ends here."""
        return self.next_page is None


@dataclass(slots=True)
class _Sweep:
    key: Key
    base: int | None
    passed: int = 0  # entries on the pages before a resumed sweep's first, by their nominal size
    seen: set[Hashable] = field(default_factory=set)
    is_offset: bool = False

    def take(self, items: Sequence[Any]) -> tuple[list[Any], int]:
        """Entries not seen before, and on how many of them the sweep got ahead."""
        new, ahead = [], 0
        for item in items:
            key = _key_of(self.key, item)
            # Without a key the whole entry tells whether we saw it: a page of nothing but such entries must
            # neither end the sweep nor, repeated, keep it going.
            mark = ("", json.dumps(item, sort_keys=True)) if key is None else key
            is_new = mark not in self.seen
            self.seen.add(mark)
            ahead += is_new
            if is_new or key is None:
                new.append(item)
        return new, ahead

    def is_last(
        self, asked: int | None, page: int | None, items: Sequence[Any], ahead: int, total: int | None
    ) -> bool:
        if not items or (total is not None and self.passed + len(self.seen) >= total):
            return True
        if ahead:
            return False
        # Nothing new, but the platform says it served an earlier page than we asked for: its parameter
        # counts from 1 while its echo counts from 0. Allow that once.
        if not self.is_offset and asked is not None and page is not None and page < asked:
            self.is_offset = True
            return False
        return True


def iter_pages(
    fetch: Fetch,
    *,
    key: Key,
    start_page: int | None = None,
    base: int | None = None,
    max_pages: int = MAX_PAGES,
) -> Iterator[Page]:
    """Yield the pages of a list until its `total`, an empty page or a page with nothing new.

    `key` is a field name or a function that tells entries apart. `start_page` and `base` (both or none)
    continue a sweep. Raises what `fetch` raises; `BadAnswer("wrong_shape")` without a list or when the
    pages cannot be counted, `BadAnswer("too_many_pages")` after `max_pages` requests.
    """
    if (start_page is None) != (base is None):
        raise InvalidArgument("To continue a sweep pass both start_page and base.")
    sweep, asked = _Sweep(key, base), start_page
    for number in range(max_pages):
        reply = fetch(asked)
        page = _page(sweep, reply, asked, is_first=number == 0)
        yield page
        if page.next_page is None:
            return
        asked = page.next_page
    raise _bad(reply, "too_many_pages", f"the list has not ended after {max_pages} pages")


def _page(sweep: _Sweep, reply: Reply[Any], asked: int | None, *, is_first: bool) -> Page:
    items = _items(reply)
    echoed, size, total = (_count(reply.data.get(name)) for name in ("page", "size", "total"))
    total = _count_text(reply.headers.get("x-total-count")) if total is None else total
    if is_first and asked is not None and sweep.base is not None:
        sweep.passed = max(0, asked - sweep.base) * (size or len(items))
    if asked is None:
        sweep.base = echoed
    new, ahead = sweep.take(items)
    following = None
    if not sweep.is_last(asked, echoed, items, ahead, total):
        following = _following(reply, asked if asked is not None else echoed, total)
    return Page(items, new, echoed, size, total, reply.sent_at, reply.rate, sweep.base, following)


def _following(reply: Reply[Any], current: int | None, total: int | None) -> int | None:
    if reply.next_page is not None:
        return reply.next_page
    if current is not None:
        return current + 1
    if total is None:
        return None  # neither page nor total: a list that is not paged
    raise _bad(reply, "wrong_shape", "there are more entries but the page number is missing")


def _items(reply: Reply[Any]) -> list[Any]:
    for name in ("data", "tasks"):
        items = reply.data.get(name)
        if isinstance(items, list):
            return items
    raise _bad(reply, "wrong_shape", "there is no list in it")


def _key_of(key: Key, item: Any) -> Hashable | None:
    if not isinstance(item, dict):
        return None
    value = item.get(key) if isinstance(key, str) else key(item)
    try:
        hash(value)
    except TypeError:
        return None
    return value


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else None


def _count_text(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 12 else None


def _bad(reply: Reply[Any], kind: str, why: str) -> BadAnswer:
    context = ErrorContext(status=reply.status, request_id=reply.request_id, sent_at=reply.sent_at)
    return BadAnswer(f"SmartHub's list is unusable: {why}.", context, kind=kind)
