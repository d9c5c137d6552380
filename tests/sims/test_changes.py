"""What differs between two payloads: as paths, and in words.

Seen red: `True` taken for 1, a list compared by its first item only.
"""

from typing import Any

import pytest

from sims.changes import Change, Kind, changes
from sims.payload_diff import ABSENT, LIMIT, Difference, differences
from tests.factories import sim_payload
from tests.sims.test_sim_detail import ODD


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": None}, {}, [("a", None, ABSENT)]),
        ({}, {"a": {"b": [1, {"c": "x"}]}}, [("a.b[0]", ABSENT, 1), ("a.b[1].c", ABSENT, "x")]),
        ({"a": [1, 2]}, {"a": [1]}, [("a[1]", 2, ABSENT)]),
        ({"a": []}, {"a": {}}, [("a", [], {})]),
        ({"a": {}}, {}, [("a", {}, ABSENT)]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, [("a[1].b", 2, 3)]),
        ({"a": {"b": 1}}, {"a": "b"}, [("a", {"b": 1}, "b")]),
    ],
)
def test_a_difference_is_named_by_its_path(old: Any, new: Any, found: Any) -> None:
    assert differences(old, new) == [Difference(*one) for one in found]


def test_depth_and_size_of_a_payload_do_no_harm() -> None:
    deep: Any = 1
    for _level in range(5000):
        deep = [deep]
    assert len(differences({"a": deep}, {"a": 2})) == 1
    assert len(differences(deep, [2])) == 1
    assert len(differences({}, {str(n): n for n in range(LIMIT * 2)})) == LIMIT


def in_words(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    return [(one.kind, str(one.title), one.before, one.after) for one in changes(old, new)]


def test_what_people_ask_for_has_words() -> None:
    old = sim_payload("1", status="DEACTIVATED", imei="35", package_name="Gold")
    new = sim_payload("1", imei="36", package_name="Silver", customerName="Bo")
    new["apnList"] = [
        {"apnName": "iot.example", "apnStatus": "CLOSED"},
        {"apnName": "new", "apnStatus": "AJAR"},
    ]
    assert in_words(old, new) == [
        ("status", "Status", "DEACTIVATED", "ACTIVATED"),
        ("package", "Package", "Gold", "Silver"),
        ("identity", "IMEI", "35", "36"),
        ("apn", "APN iot.example", "Open", "Closed"),
        ("apn", "APN new", None, "AJAR"),
        ("other", "customerName", None, "Bo"),
    ]


def test_devices_are_told_apart_and_usage_is_no_change() -> None:
    old, new = sim_payload("1", imei="35", data_used_mb=1.0), sim_payload("1", imei="35", data_used_mb=9.0)
    new["deviceInfo"] = [*new["deviceInfo"], {"imei": "77"}]
    assert in_words(old, new) == [("identity", "IMEI of device 2", None, "77")]


def test_a_prolonged_package_is_one_and_a_nameless_change_still_a_line() -> None:
    old, new = sim_payload("1", package_name="Gold"), sim_payload("1", package_name="Gold")
    new["currentBasicServicePackage"] = old["currentBasicServicePackage"] | {"endTime": "2030"}
    assert [line[:2] for line in in_words(old, new)] == [("package", "Package ends")]
    assert changes(old, old) == [Change(Kind.OTHER, "Details changed", None, None)]


@pytest.mark.parametrize("raw", ODD, ids=range(len(ODD)))
def test_no_payload_makes_it_fail(raw: dict[str, Any]) -> None:
    usual = sim_payload("1")
    assert changes(usual, raw)
    assert changes(raw, usual)
