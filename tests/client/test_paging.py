"""Pages are read once each, whichever number they start with, and every sweep ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarthub_client import BadAnswer, InvalidArgument, Page, Reply, SmartHubClient, iter_pages
from tests.client.servers import Server, answer_json

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Lister:
    """A list of `rows` in pages of `size`, numbered from `base`; it may lie about everything."""

    rows: list[Any]
    base: int = 0
    size: int = 10
    total: Any = "true"
    has_links: bool = False
    hook: Callable[[int], None] = lambda number: None
    echo: Callable[[int], Any] = lambda number: number
    asked: list[int | None] = field(default_factory=list)

    def __call__(self, page: int | None) -> Reply[Any]:
        self.asked.append(page)
        self.hook(len(self.asked))
        number = self.base if page is None else page
        start = (number - self.base) * self.size
        rows = self.rows[start : start + self.size] if start >= 0 else []
        body: dict[str, Any] = {"data": rows, "size": self.size, "page": self.echo(number)}
        body["total"] = len(self.rows) if self.total == "true" else self.total
        following = number + 1 if self.has_links and start + self.size < len(self.rows) else None
        return make_reply(body, following)


def make_reply(body: dict[str, Any], following: int | None = None, **headers: str) -> Reply[Any]:
    return Reply(body, 200, headers, None, NOW, NOW, "id", 1, following)


def rows(count: int) -> list[dict[str, str]]:
    return [{"giccid": str(number)} for number in range(count)]


def keys(pages: list[Page]) -> list[str]:
    return [row["giccid"] for page in pages for row in page.new]


def sweep(lister: Callable[[int | None], Reply[Any]], **options: Any) -> list[Page]:
    return list(iter_pages(lister, key="giccid", **options))


@settings(deadline=None)
@given(
    count=st.integers(0, 95), size=st.integers(1, 12), base=st.sampled_from([0, 1]), has_links=st.booleans(),
    total=st.sampled_from(["true", None]),
)  # fmt: skip
def test_every_row_comes_once_for_both_bases(
    count: int, size: int, base: int, has_links: bool, total: Any
) -> None:
    lister = Lister(rows(count), base, size, total, has_links)
    pages = sweep(lister)
    assert keys(pages) == [str(number) for number in range(count)]
    assert lister.asked[0] is None
    assert lister.asked[1:] == [base + number for number in range(1, len(pages))]
    needed = max(1, -(-count // size))
    assert needed <= len(pages) <= needed + (total is None)
    assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]
    assert {page.base for page in pages} == {base}


@settings(deadline=None)
@given(
    count=st.integers(1, 80), size=st.integers(1, 9), base=st.sampled_from([0, 1]), stop=st.integers(1, 10)
)
def test_a_sweep_continues_where_it_was_interrupted(count: int, size: int, base: int, stop: int) -> None:
    first = []
    for page in iter_pages(Lister(rows(count), base, size), key="giccid"):
        first.append(page)
        if len(first) == stop:
            break
    rest: list[Page] = []
    if first[-1].next_page is not None:
        lister = Lister(rows(count), base, size)
        rest = sweep(lister, start_page=first[-1].next_page, base=first[-1].base)
        assert lister.asked[0] == first[-1].next_page
        assert len(lister.asked) <= -(-count // size) - stop
    assert keys(first + rest) == [str(number) for number in range(count)]


def test_rows_that_move_to_the_next_page_meanwhile_come_once() -> None:
    lister = Lister(rows(25))

    def insert(request: int) -> None:
        if request == 2:
            lister.rows.insert(0, {"giccid": "new"})

    lister.hook = insert
    pages = sweep(lister)
    assert keys(pages) == [str(number) for number in range(25)]
    assert len(pages[1].data) == 10
    assert len(pages[1].new) == 9


def test_rows_that_move_to_the_page_before_do_not_end_the_sweep() -> None:
    lister = Lister(rows(35))

    def remove(request: int) -> None:
        if request == 2:
            del lister.rows[:10]

    lister.hook = remove
    assert keys(sweep(lister)) == [*map(str, range(10)), *map(str, range(20, 35))]


@pytest.mark.parametrize("total", [10**9, None, -5, "25", 25.0, True, {}])
def test_a_total_that_lies_or_is_none_ends_with_the_rows(total: Any) -> None:
    lister = Lister(rows(25), total=total)
    assert len(keys(sweep(lister))) == 25
    assert len(lister.asked) <= 4


def test_a_total_that_is_too_small_is_believed() -> None:
    assert len(keys(sweep(Lister(rows(25), total=10)))) == 10


def test_the_header_stands_in_for_an_absent_total() -> None:
    body = {"data": rows(3), "page": 0, "size": 3}
    pages = sweep(lambda page: make_reply(body, **{"x-total-count": "3"}))
    assert (len(pages), pages[0].total) == (1, 3)


def test_the_same_page_for_ever_ends() -> None:
    asked = []

    def fetch(page: int | None) -> Reply[Any]:
        asked.append(page)
        return make_reply({"data": rows(10), "page": 0 if page is None else page, "size": 10, "total": 1000})

    assert len(keys(sweep(fetch))) == 10
    assert asked == [None, 1]


def test_a_link_to_the_same_page_for_ever_ends() -> None:
    reply = make_reply({"data": rows(10), "page": 0, "size": 10, "total": 1000}, 0)
    assert len(sweep(lambda page: reply)) == 2


def test_new_rows_for_ever_end_at_the_guard() -> None:
    def fetch(page: int | None) -> Reply[Any]:
        number = page or 0
        return make_reply({"data": [{"giccid": str(number)}], "page": number, "size": 1, "total": 10**9})

    with pytest.raises(BadAnswer) as caught:
        sweep(fetch, max_pages=7)
    assert caught.value.kind == "too_many_pages"


@pytest.mark.parametrize("has_links", [False, True])
def test_a_parameter_from_one_with_an_echo_from_zero_misses_nothing(has_links: bool) -> None:
    lister = Lister(rows(35), base=1, echo=lambda number: number - 1)
    pages = sweep(lister)
    assert keys(pages) == [str(number) for number in range(35)]
    assert lister.asked == [None, 1, 2, 3, 4]


def test_the_link_is_followed_rather_than_counted() -> None:
    lister = Lister(rows(30), base=0)
    asked = []

    def fetch(page: int | None) -> Reply[Any]:
        asked.append(page)
        reply = lister(None if page is None else page // 10)
        return make_reply(reply.data, 10 * len(asked) if len(asked) < 3 else None)

    assert len(keys(sweep(fetch))) == 30
    assert asked == [None, 10, 20]


def test_a_list_without_page_and_total_is_one_page() -> None:
    assert len(sweep(lambda page: make_reply({"data": rows(5)}))) == 1


def test_a_list_with_more_rows_but_without_page_numbers_is_an_error() -> None:
    with pytest.raises(BadAnswer) as caught:
        sweep(lambda page: make_reply({"data": rows(5), "total": 10}))
    assert caught.value.kind == "wrong_shape"


@pytest.mark.parametrize("data", [None, {}, "x", 5])
def test_an_answer_without_a_list_is_an_error(data: object) -> None:
    with pytest.raises(BadAnswer) as caught:
        sweep(lambda page: make_reply({"data": data, "page": 0, "total": 1}))
    assert caught.value.kind == "wrong_shape"


def test_rows_without_a_usable_key_are_handed_on_and_do_not_keep_the_sweep_going() -> None:
    odd: list[Any] = [5, None, {"giccid": None}, {"giccid": ["1"]}, {"giccid": {}}, {}]
    pages = sweep(Lister([*odd, *rows(2)], size=4))
    assert [row for page in pages for row in page.new] == [*odd, *rows(2)]
    endless = sweep(lambda page: make_reply({"data": odd, "page": page or 0, "total": 10**6}))
    assert len(endless) == 2


def test_half_a_cursor_is_refused() -> None:
    for half in ({"start_page": 3}, {"base": 0}):
        with pytest.raises(InvalidArgument):
            sweep(Lister(rows(1)), **half)


def test_pages_are_fetched_only_when_asked_for() -> None:
    lister = Lister(rows(30))
    pages: Iterator[Page] = iter_pages(lister, key="giccid")
    assert lister.asked == []
    next(pages)
    assert lister.asked == [None]


@pytest.mark.parametrize(
    "link",
    [
        '<https://evil.example/v1/global-sims?page=1>; rel="next"',
        '<//evil.example/v1/global-sims?page=1>; rel="next"',
        '<https://127.0.0.1/v1/global-sims?page=1>; rel="next"',
        '</v1/x?page=1>; rel="next", <http://evil.example/>; rel=last',
    ],
)
def test_a_link_to_another_origin_is_an_error(
    serve: Callable[..., Server], connect: Callable[..., SmartHubClient], link: str
) -> None:
    body = {"data": rows(2), "page": 0, "size": 2, "total": 4}
    server = serve(lambda got: [answer_json(body, link=link)])
    with pytest.raises(BadAnswer) as caught:
        list(connect(server).iter_sims(size=2))
    assert caught.value.kind == "foreign_link"
    assert len(server.got) == 1


def test_over_http_the_link_of_the_vendors_sample_form_is_followed(
    serve: Callable[..., Server], connect: Callable[..., SmartHubClient]
) -> None:
    def script(got: Any) -> list[Any]:
        page = 3 if "page=3" in got.target else 0
        link = f'<{server.base_url}/points?page=3&size=2>;\trel="next",</v1?page=9>;rel="last first"'
        data = [{"giccid": f"{page}{number}"} for number in range(2)]
        return [answer_json({"data": data, "page": page, "size": 2, "total": 4}, link=link)]

    server = serve(script)
    pages = list(connect(server).iter_sims(size=2, account_name="华东 A&B"))
    assert keys(pages) == ["00", "01", "30", "31"]
    assert "page=" not in server.got[0].target
    assert server.got[1].target.startswith("/v1/global-sims?page=3&size=2&accountName=%E5%8D%8E")
