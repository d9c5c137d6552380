"""Any value as text."""

import json
from typing import Any

import pytest

from mirror.verbatim import _flat, as_text

VALUES: list[Any] = [
    {"a": [1, 2.5, None, True, {"b": []}], "c": {}, "ü": "\0\ud800"},
    [],
    {},
    "text",
    7,
    [[], [[]], {"x": [1]}],
]


@pytest.mark.parametrize("value", VALUES)
def test_the_way_without_recursion_says_the_same_as_json(value: Any) -> None:
    assert _flat(value, 10_000) == json.dumps(value)


def test_it_is_cut_at_the_limit() -> None:
    assert as_text("x" * 100, 10) == '"xxxxxxxxx'
    assert len(_flat(["x"] * 1000, 50)) == 50


def test_a_circle_ends_at_the_limit() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert len(as_text(circle, 1000)) == 1000


def test_what_json_does_not_know_is_described_by_its_kind() -> None:
    assert as_text({"a": object()}, 100) == '{"a": "<object>"}'


def test_an_endless_integer_is_written_in_hexadecimal() -> None:
    assert as_text([10**5000], 50).startswith("[0x")
