"""The list of SIMs at a million, query by query: server time of the whole request, and Django's own list beside it.

    python benchmarks/fleet_list.py [--sizes 10000,1000000] [--rounds 40]

Each named query is asked `rounds` times through the whole stack (middleware, session, rendering; no network). Printed:
p50 and p95 (ms) at each size, growth of p50, the web process's own CPU (ms), size of the fragment; and the admin's
changelist over the same table.
"""

import argparse
import html
import json
import re
import statistics
import subprocess
import sys
import time
from typing import Any

import stage

QUERIES: dict[str, str] = {
    "first page": "",
    "status": "status=DEACTIVATED",
    "account": "account=Account 07",
    "package": "package=IoT-3",
    "APN state": "apn_state=CLOSED",
    "usage near": "usage=near",
    "usage range": "usage_min=90&usage_max=110",
    "expiry": "expires=30&sort=expires",
    "PO": "po=PO-7",
    "tag": "tag=Field trial",
    "age of figures": "fresh=1d",
    "sort by data": "sort=-data",
    "sort by activation": "sort=-activated",
    "sort by account": "sort=account",
    "sort by package": "sort=package",
    "sort by IMEI": "sort=imei",
    "search, 4 digits": "q=4711",
    "search, 7 digits": "q=8126503",
    "search, nothing found": "q=35299887766554",
    "status, sorted by data": "status=ACTIVATED&sort=-data",
    "account, sorted by activation": "account=Account 07&sort=-activated",
    "inventory, sorted by activation": "status=INVENTORY&sort=-activated",
    "all combined": (
        "q=4711&status=ACTIVATED&account=Account 07&package=IoT-3&apn_state=OPEN&usage_min=5&expires=200&sort=-data"
    ),
    "last page": "page=LAST",
    "deep page, by number": "page=DEEP",
    "deep page, by its link": "page=DEEP&at=PLACE",
    "deep page of a sort, by its link": "sort=-data&page=DEEP&at=PLACE",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,1000000")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument(
        "--one", type=int, help="measure one size and print JSON (used by the command itself)"
    )
    options = parser.parse_args()
    if options.one:
        print("RESULT " + json.dumps(measure(options.one, options.rounds)))
        return
    with stage.servers():
        results = {size: _in_own_process(size, options.rounds) for size in map(int, options.sizes.split(","))}
    _print(results)


def _in_own_process(size: int, rounds: int) -> dict[str, Any]:
    words = [sys.executable, __file__, "--one", str(size), "--rounds", str(rounds)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise SystemExit(f"Size {size}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    result: dict[str, Any] = json.loads(lines[0].removeprefix("RESULT "))
    return result


def measure(size: int, rounds: int) -> dict[str, Any]:
    """Milliseconds and bytes by query."""
    enterprise = stage.fleet(size)
    from benchmarks import visitor  # noqa: PLC0415 - needs the settings

    visitor.prepare(enterprise, size)
    browser = visitor.browser()
    found = {name: _timed(browser, _address(browser, size, query), rounds) for name, query in QUERIES.items()}
    admin = _timed(browser, "/admin/sims/sim/", max(3, rounds // 8), htmx=False)
    admin_search = _timed(browser, "/admin/sims/sim/?q=4711", 3, htmx=False)
    return {"queries": found, "admin": admin, "admin_search": admin_search}


def _address(browser: Any, size: int, query: str) -> str:
    """Fills in the middle of the list, and the place the page before it tells."""
    query = query.replace("LAST", "999999999")
    if "DEEP" not in query:
        return f"/sims/?{query}"
    deep = max(3, size // 50 * 9 // 20)
    if "PLACE" not in query:
        return f"/sims/?{query.replace('DEEP', str(deep))}"
    before = query.split("&at=")[0].replace("DEEP", str(deep - 1))
    page = browser.get(f"/sims/?{before}").content.decode()
    return "/sims/" + html.unescape(re.findall(r'href="([^"]*)"[^>]*rel="next"', page)[0])


def _timed(browser: Any, address: str, rounds: int, *, htmx: bool = True) -> dict[str, float]:
    headers = {"HX-Request": "true"} if htmx else {}
    times, size, busy = [], 0, time.process_time()
    for number in range(rounds + 2):
        started = time.perf_counter()
        response = browser.get(address, headers={**headers, "Accept-Encoding": "gzip"})
        took = (time.perf_counter() - started) * 1000
        if response.status_code != 200:
            raise SystemExit(f"{address}: {response.status_code}")
        size = len(response.content)
        if number >= 2:
            times.append(took)
    times.sort()
    return {
        "p50": statistics.median(times),
        "p95": times[min(len(times) - 1, int(len(times) * 0.95))],
        "bytes": size,
        "cpu": (time.process_time() - busy) / (rounds + 2) * 1000,
    }


def _print(results: dict[int, dict[str, Any]]) -> None:
    small, large = min(results), max(results)
    print(
        f"\n| query | p50 at {small:,} | p95 at {small:,} | p50 at {large:,} | p95 at {large:,}"
        " | growth | CPU | KB packed |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name in QUERIES:
        a, b = results[small]["queries"][name], results[large]["queries"][name]
        print(
            f"| {name} | {a['p50']:.1f} | {a['p95']:.1f} | {b['p50']:.1f} | {b['p95']:.1f}"
            f" | {b['p50'] / a['p50']:.2f} x | {b['cpu']:.1f} | {b['bytes'] / 1024:.1f} |"
        )
    first = results[large]["queries"]["first page"]["p50"]
    search = results[large]["queries"]["search, 4 digits"]["p50"]
    for name, mine, word in (("admin", first, "first page"), ("admin_search", search, "search, 4 digits")):
        theirs = results[large][name]["p50"]
        print(
            f"Django admin's changelist at {large:,}, {word}: {theirs:.0f} ms, {theirs / mine:.0f} times ours."
        )


if __name__ == "__main__":
    main()
