import re

import pytest

from tests.sandbox.caller import Caller, refusal


def _links(header: str) -> dict[str, int]:
    found = re.findall(r'<[^>]*[?&]page=(\d+)[^>]*>; rel="(\w+)"', header)
    return {rel: int(page) for page, rel in found}


@pytest.mark.parametrize("base", [0, 1])
def test_following_next_reads_every_sim_once_in_both_bases(api: Caller, base: int) -> None:
    api.sandbox.settings(page_base=base)
    answer = api.get("/global-sims", size=70)
    seen, pages = [], []
    while True:
        body = answer.json()
        seen += [sim["giccid"] for sim in body["data"]]
        pages.append(body["page"])
        if "next" not in answer.links:
            break
        answer = api.session.get(answer.links["next"]["url"], timeout=5)
    assert pages == [base, base + 1, base + 2, base + 3, base + 4]
    assert sorted(seen) == [sim["giccid"] for sim in api.sandbox.fleet()]


@pytest.mark.parametrize("base", [0, 1])
def test_link_names_the_neighbours_that_exist(api: Caller, base: int) -> None:
    api.sandbox.settings(page_base=base)
    last = base + 2
    for page, expected in (
        (base, {"next": base + 1, "last": last, "first": base}),
        (base + 1, {"next": last, "prev": base, "last": last, "first": base}),
        (last, {"prev": base + 1, "last": last, "first": base}),
    ):
        answer = api.get("/global-sims", page=page, size=100)
        assert _links(answer.headers["Link"]) == expected
        assert answer.headers["X-Total-Count"] == "300"


def test_a_single_page_links_to_first_and_last_only(api: Caller) -> None:
    assert _links(api.get("/share-pools", size=100).headers["Link"]) == {"last": 0, "first": 0}


def test_links_keep_the_filters(api: Caller) -> None:
    url = api.get("/global-sims", status="ACTIVATED", accountName="华东智能电表", size=2).links["next"]["url"]
    assert url.startswith(api.sandbox.base_url + "/global-sims?")
    body = api.session.get(url, timeout=5).json()
    assert body["page"] == 1 and {sim["status"] for sim in body["data"]} == {"ACTIVATED"}


def test_the_default_is_30_items_and_100_the_most(api: Caller) -> None:
    assert len(api.get("/global-sims").json()["data"]) == 30
    assert len(api.get("/global-sims", size=100).json()["data"]) == 100


@pytest.mark.parametrize("query", ["size=101", "size=0", "size=-1", "size=ten", "size=1.5", "size=٣"])
def test_a_bad_size_is_invalid(api: Caller, query: str) -> None:
    assert refusal(api.get(f"/global-sims?{query}")) == (422, "size", "invalid")


@pytest.mark.parametrize(("base", "page"), [(0, "-1"), (1, "0"), (0, "x"), (0, "9" * 5000)])
def test_a_page_below_the_base_or_no_number_is_invalid(api: Caller, base: int, page: str) -> None:
    api.sandbox.settings(page_base=base)
    assert refusal(api.get(f"/global-sims?page={page}")) == (422, "page", "invalid")


def test_a_page_behind_the_last_is_empty(api: Caller) -> None:
    answer = api.get("/global-sims", page=999_999_999_999, size=100)
    assert (answer.status_code, answer.json()["data"], answer.json()["total"]) == (200, [], 300)
    assert _links(answer.headers["Link"]) == {"prev": 2, "last": 2, "first": 0}


def test_every_list_pages(api: Caller) -> None:
    for path in ("/global-sims", "/global-sims/changeLogs", "/share-pools"):
        one, two = (api.get(path, page=page, size=2).json() for page in (0, 1))
        assert one["total"] == two["total"] >= 4
        assert (one["page"], two["page"], one["size"]) == (0, 1, 2)
        assert not [row for row in one["data"] if row in two["data"]]
