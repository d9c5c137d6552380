"""Figures and times as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from common import formats

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("megabytes", "text"),
    [
        (0, "0 B"),
        (0.5, "512 KB"),
        (1, "1 MB"),
        (1269.76, "1.24 GB"),
        (10240, "10 GB"),
        (None, "–"),
        ("NaN", "–"),
    ],
)
def test_megabytes_become_three_telling_digits(megabytes: object, text: str) -> None:
    assert formats.megabytes(megabytes) == text


def test_money_has_separators_and_two_decimals() -> None:
    assert [formats.amount(value) for value in (182400.5, 0, None)] == ["182,400.50", "0.00", "–"]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 500, "0%"),
        (1, 500, "<1%"),
        (499, 500, ">99%"),
        (500, 500, "100%"),
        (1125, 500, "225%"),
        (1, 0, "–"),
        (1, None, "–"),
    ],
)
def test_a_share_never_rounds_something_to_nothing_nor_almost_all_to_all(
    part: int, whole: int | None, text: str
) -> None:
    assert formats.percent_text(formats.percent(part, whole)) == text


@pytest.mark.parametrize(
    ("distance", "text"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=4, seconds=59), "4 min ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=800), "2 years ago"),
        (-timedelta(hours=2), "in 2 h"),
    ],
)
def test_an_age_has_one_unit(distance: timedelta, text: str) -> None:
    assert formats.age(NOW - distance, NOW) == text


def test_a_strange_figure_is_a_dash_and_no_error() -> None:
    assert formats.to_decimal("a lot") is None
    assert formats.to_decimal("Infinity") is None
    assert formats.to_decimal("1.50") == Decimal("1.50")
    assert formats.count(None) == "–"
