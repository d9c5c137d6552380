"""A first visit weighs at most 300 KB, a fragment 30 KB, as sent over the wire."""

import pytest

from tests.browser.conftest import Visit

FIRST_PAGE, FRAGMENT = 300_000, 30_000
_ALL = """
[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map((entry) => [entry.name, entry.encodedBodySize])
"""
_FETCHED = """
async (address) => {
  performance.clearResourceTimings();
  await (await fetch(address, { headers: { "HX-Request": "true" } })).text();
  await new Promise((done) => setTimeout(done));
  return performance.getEntriesByType("resource").at(-1).encodedBodySize;
}
"""


@pytest.mark.parametrize("address", ["/", "/sims/?page_size=500", "/enterprise/sync/"])
def test_a_first_visit_is_light(address: str, visit: Visit) -> None:
    page = visit("operator")
    page.goto(address, wait_until="networkidle")
    parts = dict(page.evaluate(_ALL))
    assert len(parts) > 5
    assert all(parts.values())
    assert sum(parts.values()) <= FIRST_PAGE, parts


@pytest.mark.parametrize("address", ["/sims/", "/sims/?page_size=500", "/enterprise/sync/"])
def test_a_fragment_is_light(address: str, visit: Visit) -> None:
    page = visit("operator")
    page.goto("/")
    size = page.evaluate(_FETCHED, address)
    assert 0 < size <= FRAGMENT
