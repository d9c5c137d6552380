"""Times, rate limits, links, origins, the table: small parts on their own."""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarthub_client import OPERATIONS, ConfigurationError, InvalidArgument, Mark, RateLimit, SmartHubClient
from smarthub_client.endpoints import operations_with
from smarthub_client.links import parse_links
from smarthub_client.origin import parse_base_url
from smarthub_client.reply import read_rate
from smarthub_client.times import format_time, parse_time, parse_time_or_none

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PACKAGE = Path(__file__).parents[2] / "smarthub_client"


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1)))  # noqa: DTZ001
def test_a_time_survives_the_platforms_form(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "2018-10-10T10:32:50+0000",
        "2018-10-10T10:32:50Z",
        "2018-10-10T10:32:50+00:00",
        "2018-10-10T18:32:50+0800",
    ],
)
def test_every_zone_form_is_read_as_utc(text: str) -> None:
    assert parse_time(text) == datetime(2018, 10, 10, 10, 32, 50, tzinfo=UTC)
    assert parse_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "2018-10-10", "2018-10-10T10:32:50", "2018-02-30T10:32:50Z", "20181010T103250Z"]
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)
    assert parse_time_or_none(text) is None


def test_what_is_no_text_is_no_time() -> None:
    assert [parse_time_or_none(value) for value in (None, 5, [], {})] == [None] * 4
    with pytest.raises(ValueError):
        format_time(datetime(2018, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("reset", "wait"),
    [
        ("0", 0), ("90", 90), ("3600", 3600), ("7200", 3600), ("999999999", 3600),
        (str(int(NOW.timestamp()) + 60), 60), (str(int(NOW.timestamp()) - 60), 0),
        (str(int(NOW.timestamp()) + 10**6), 3600), (str((int(NOW.timestamp()) + 60) * 1000), 60),
    ],
)  # fmt: skip
def test_the_reset_is_seconds_or_an_epoch_and_at_most_an_hour_away(reset: str, wait: int) -> None:
    headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "17", "x-ratelimit-reset": reset}
    assert read_rate(headers, NOW) == RateLimit(5000, 17, NOW + timedelta(seconds=wait))


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "9" * 30, "١"])
def test_odd_rate_headers_are_no_rate(value: str) -> None:
    assert read_rate({"x-ratelimit-limit": value, "x-ratelimit-remaining": "1"}, NOW) is None
    good = {"x-ratelimit-limit": "5", "x-ratelimit-remaining": "1", "x-ratelimit-reset": value}
    assert read_rate(good, NOW) == RateLimit(5, 1, None)


@pytest.mark.parametrize(
    "url",
    [
        "", "host/v1", "https://host", "https://host/", "https://host/api", "ftp://host/v1", "https:///v1",
        "http://host.example/v1", "http://10.0.0.1/v1", "http://localhost.evil.example/v1", "https://u:p@host/v1",
        "https://host/v1?x=1", "https://host/v1#x", "https://ho st/v1", "https://host:99999/v1",
        "https://host/../v1",
        "https://host\\@evil/v1", "https://host/v1?", "https://[::1/v1", "https://host/v1/sims",
    ],
)  # fmt: skip
def test_an_unsafe_base_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        SmartHubClient(url, "key")


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://xxx.smh.smarthing.com/v1", "https://xxx.smh.smarthing.com/v1"),
        ("HTTPS://Host.Example:443/v1/", "https://host.example/v1"),
        ("https://host.example:8443/api/v2", "https://host.example:8443/api/v2"),
        ("http://127.0.0.1:8001/v1", "http://127.0.0.1:8001/v1"),
        ("http://localhost:8001/v1", "http://localhost:8001/v1"),
        ("http://[::1]:8001/v1", "http://[::1]:8001/v1"),
    ],
)
def test_a_base_url_is_normalised(url: str, normal: str) -> None:
    assert parse_base_url(url).url == normal


@pytest.mark.parametrize(
    "reference",
    [
        "", "http://host.example/v1", "https://host.example:444/v1", "https://host.example.evil/v1",
        "//evil/v1",
        "https://evil/https://host.example/v1", "https://host.example@evil/v1", "https://u@host.example/v1",
        "https:\\\\evil/v1", "/\\evil", "https://host.example\t.evil/",
        "https://host.example:x/", "javascript:1",
        "https://hоst.example/v1", "https://[::1/",
    ],
)  # fmt: skip
def test_references_that_lead_away_resolve_to_nothing(reference: str) -> None:
    assert parse_base_url("https://host.example/v1").resolve(reference, "https://host.example/v1/x") is None


@settings(deadline=None)
@given(st.text(max_size=60))
def test_whatever_a_reference_says_it_stays_at_home(reference: str) -> None:
    resolved = parse_base_url("https://host.example/v1").resolve(reference, "https://host.example/v1/x")
    assert resolved is None or resolved.startswith("https://host.example/")


def test_relative_and_equal_references_resolve() -> None:
    origin = parse_base_url("https://host.example/v1")
    here = "https://host.example/v1/sims/1"
    assert origin.resolve("/v1/b?c=d%20e", here) == "https://host.example/v1/b?c=d%20e"
    assert origin.resolve("2", here) == "https://host.example/v1/sims/2"
    assert origin.resolve("HTTPS://HOST.example:443/v1", here) == "https://host.example/v1"
    assert origin.resolve("//host.example/v1", here) == "https://host.example/v1"
    assert origin.resolve("/v1/账户", here) == "https://host.example/v1/%E8%B4%A6%E6%88%B7"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_link_header_breaks_the_parser(header: str) -> None:
    assert isinstance(parse_links(header), dict)


def test_links_are_read_as_documented() -> None:
    header = (
        '<https://h/points?page=2&size=20>;\t rel="next",<https://h/p?page=0>;\t rel="prev first"; title="a"'
    )
    assert parse_links(header) == {
        "next": "https://h/points?page=2&size=20",
        "prev": "https://h/p?page=0",
        "first": "https://h/p?page=0",
    }


NAMES = [
    "sim_detail",
    "sim_list",
    "change_logs",
    "custom_fields_read",
    "custom_fields_edit",
    "activate",
    "suspend",
    "retire",
    "supplementary_plan",
    "basic_plan",
    "apn_status",
    "batch_activate",
    "batch_suspend",
    "batch_retire",
    "batch_basic_plan",
    "batch_job",
    "send_sms",
    "query_sms",
    "share_pools",
    "enterprise",
    "account",
    "service_packages",
    "country_statistics",
    "root",
]


def test_the_table_has_every_operation_and_each_has_a_method() -> None:
    assert list(OPERATIONS) == NAMES
    for name, row in OPERATIONS.items():
        assert callable(getattr(SmartHubClient, name))
        assert row.mutating is (row.method != "GET")


def test_the_marks_are_those_of_the_contract() -> None:
    marks = {mark: {name for name, row in OPERATIONS.items() if row.mark is mark} for mark in Mark}
    assert marks[Mark.INFERRED] == {
        "custom_fields_read", "activate", "suspend", "batch_activate", "batch_retire",
    }  # fmt: skip
    assert marks[Mark.ASSUMED] == {
        "supplementary_plan", "basic_plan", "apn_status", "batch_basic_plan", "share_pools",
        "country_statistics",
    }  # fmt: skip
    assert OPERATIONS["send_sms"].note == OPERATIONS["query_sms"].note == "path doc, body assumed"


def test_only_undocumented_paths_can_be_overridden() -> None:
    assert operations_with({"activate": "/sims/{giccid}/on"})["activate"].path == "/sims/{giccid}/on"
    for paths in ({"retire": "/x/{giccid}"}, {"activate": "/x"}, {"activate": "{giccid}"}, {"fly": "/x"}):
        with pytest.raises(ConfigurationError):
            operations_with(paths)


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_segment_that_would_vanish_is_refused(value: str) -> None:
    with pytest.raises(InvalidArgument):
        OPERATIONS["account"].fill({"name": value})


def test_a_path_segment_is_quoted_whole() -> None:
    assert OPERATIONS["account"].fill({"name": "华 a/b?c#d%"}) == "/account/%E5%8D%8E%20a%2Fb%3Fc%23d%25"


def test_only_the_transport_imports_requests_and_nothing_imports_a_framework() -> None:
    for path in PACKAGE.glob("*.py"):
        names = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add((node.module or "").partition(".")[0])
        assert "requests" not in names or path.name == "transport.py"
        assert not names & {"django", "celery", "redis", "sandbox", "tests"}
    code = "import sys, smarthub_client; print(sorted({'django', 'celery', 'redis'} & set(sys.modules)))"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert shown.stdout.strip() == "[]"
