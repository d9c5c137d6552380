"""Push signatures: the vendor's vector, every form of datePush, the window, two keys."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarthub_client import Secret
from smarthub_client.signing import PushVerdict, check_push, make_signature, normalise_date_push

KEY, MOMENT = "UzE4MDkxNDA2MTE1M", 1725499848
VECTOR = "58210277eeea982589a3f2c5711ce5ac23a866298d77fcb5c30bb1e0aa9c345f"
SECONDS = st.integers(1, 4_000_000_000)


def check(**changed: Any) -> PushVerdict:
    given_ = {"signature": VECTOR, "date_push": MOMENT, "keys": [KEY], "now": MOMENT, **changed}
    return check_push(**given_).verdict


def test_the_vendors_vector() -> None:
    assert make_signature(KEY, MOMENT) == make_signature(Secret(KEY), MOMENT) == VECTOR
    assert check() is PushVerdict.GOOD


@settings(deadline=None)
@given(key=st.text(st.characters(codec="utf-8"), min_size=1), seconds=SECONDS)
def test_the_rule_of_the_documentation(key: str, seconds: int) -> None:
    assert make_signature(key, seconds) == hashlib.sha256((key + str(seconds)).encode()).hexdigest()


@settings(deadline=None)
@given(seconds=st.integers(10**9, 4_000_000_000), millis=st.integers(0, 999))
def test_every_form_of_a_moment_is_the_same_second(seconds: int, millis: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    eight = moment.astimezone(timezone(timedelta(hours=8)))
    forms: list[object] = [
        seconds,
        float(seconds),
        str(seconds),
        seconds * 1000 + millis,
        str(seconds * 1000 + millis),
        moment.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        moment.isoformat(),
        moment.strftime(f"%Y-%m-%d %H:%M:%S.{millis:03d}Z"),
        eight.isoformat(),
    ]
    assert {normalise_date_push(form) for form in forms} == {seconds}
    signature = make_signature(KEY, seconds)
    for form in forms:
        assert check(signature=signature, date_push=form, now=seconds) is PushVerdict.GOOD


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, [], {}, b"1725499848", 0, -1, 10**11, 10**12 - 1, 10**13, 10**400, "", " ", "0",
        "-5",
        "1725499848.0", "1725499848 ", "１７２５４９９８４８", "9" * 14,
        "9" * 5000, "1e9", "nan", 1.5, float("nan"),
        float("inf"), 1e300, "2024-09-05", "2024-09-05T01:30:48", "2024-13-05T01:30:48Z",
        "0001-01-01T00:00:00+2359",
        "9999-12-31T23:59:59-2359", "1969-12-31T23:59:59Z",
    ],
)  # fmt: skip
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        normalise_date_push(value)
    assert check(date_push=value) is PushVerdict.BAD_DATE


@settings(deadline=None)
@given(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers())
    )
)
def test_no_value_at_all_makes_the_check_raise(value: Any) -> None:
    assert check(date_push=value, signature=value) in {PushVerdict.BAD_DATE, PushVerdict.BAD_SIGNATURE}
    assert check(signature=value) is PushVerdict.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("age", "verdict"),
    [(0, "good"), (300, "good"), (301, "stale"), (-60, "good"), (-61, "early"), (10**9, "stale")],
)
def test_the_window_is_five_minutes_back_and_one_ahead(age: int, verdict: str) -> None:
    assert check(now=MOMENT + age) == verdict


def test_the_window_can_be_changed() -> None:
    assert check(now=MOMENT + 20, max_age=10) is PushVerdict.STALE
    assert check(now=MOMENT - 20, max_ahead=10) is PushVerdict.EARLY


def test_the_current_and_the_previous_key_are_accepted_and_told_apart() -> None:
    result = check_push(signature=VECTOR, date_push=MOMENT, keys=["new", Secret(KEY)], now=MOMENT)
    assert (result.is_good, result.key_index, result.pushed_at) == (True, 1, MOMENT)
    assert check(keys=["new", "older"]) is PushVerdict.BAD_SIGNATURE
    assert check(keys=[]) is PushVerdict.BAD_SIGNATURE


def test_an_empty_key_never_matches() -> None:
    for empty in ("", Secret("")):
        assert check(keys=[empty], signature=make_signature("", MOMENT)) is PushVerdict.BAD_SIGNATURE


@pytest.mark.parametrize(
    "signature",
    [
        VECTOR.upper(),
        VECTOR[:-1],
        VECTOR + "0",
        f" {VECTOR}",
        "",
        None,
        5,
        VECTOR.encode(),
        "ü",
        "\ud800",
        [VECTOR],
    ],
)
def test_another_signature_is_refused(signature: object) -> None:
    assert check(signature=signature) is PushVerdict.BAD_SIGNATURE


def test_a_forged_push_does_not_learn_whether_its_date_was_fresh() -> None:
    assert check(signature="0" * 64, now=MOMENT + 10**6) is PushVerdict.BAD_SIGNATURE
