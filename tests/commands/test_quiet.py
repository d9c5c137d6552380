"""Quiet hours by the clocks of a zone: across midnight, where clocks jump, and in all zones of a country at once."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import countries
from commands.pace import Pace, pace_of
from commands.quiet import QuietHours, is_quiet, next_change

NIGHT = QuietHours(time(21), time(8))
ZONES = ("Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
         "Antarctica/Troll", "Asia/Shanghai", "America/St_Johns", "Pacific/Apia")  # fmt: skip
quarters = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
hours = (
    st.tuples(quarters, quarters).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: QuietHours(*pair))
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str, zone: str = "Europe/Stockholm") -> datetime:
    """In UTC: moments that clocks show twice compare as different with themselves in another zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shows_quiet(moment: datetime, quiet: QuietHours, zones: tuple[str, ...]) -> bool:
    """A second opinion, by minutes since midnight."""
    begin, end = (60 * t.hour + t.minute for t in (quiet.begins, quiet.ends))
    for zone in zones:
        clock = moment.astimezone(ZoneInfo(zone))
        passed = (60 * clock.hour + clock.minute - begin) % 1440
        if passed < (end - begin) % 1440:
            return True
    return False


@settings(max_examples=150, deadline=None)
@given(moments, hours, st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True))
def test_the_next_change_is_where_a_walk_minute_by_minute_finds_it(
    moment: datetime, quiet: QuietHours, zones: list[str]
) -> None:
    """Seen red: with steps of an hour instead of a quarter."""
    names = tuple(zones)
    before = shows_quiet(moment, quiet, names)
    assert is_quiet(moment, quiet, names) == before
    minute = moment.replace(second=0, microsecond=0)
    walked = (minute + timedelta(minutes=n) for n in range(1, 2 * 1440))
    expected = next((step for step in walked if shows_quiet(step, quiet, names) != before), None)
    assert next_change(moment, quiet, names) == expected


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-27T21:00", "2026-11-28T08:00"),
        ("2026-11-28T07:59:59", "2026-11-28T08:00"),
        ("2026-03-28T23:00", "2026-03-29T08:00"),  # one hour less
        ("2026-10-24T23:00", "2026-10-25T08:00"),  # one hour more
    ],
)
def test_nights_end_at_eight_whatever_clocks_did(now: str, opens: str) -> None:
    assert is_quiet(at(now), NIGHT, ["Europe/Stockholm"])
    assert next_change(at(now), NIGHT, ["Europe/Stockholm"]) == at(opens)


def test_an_hour_that_clocks_skip_is_over_at_once_and_one_they_show_twice_is_quiet_twice() -> None:
    early = QuietHours(time(1), time(2, 30))
    assert next_change(at("2026-03-29T01:30"), early, ["Europe/Stockholm"]) == at("2026-03-29T03:00")
    first = next_change(at("2026-10-25T01:30"), early, ["Europe/Stockholm"])
    assert first == at("2026-10-25T02:30")
    assert next_change(first, early, ["Europe/Stockholm"]) == first + timedelta(minutes=30)  # 02:00 once more


def test_a_country_of_several_zones_is_quiet_while_it_is_in_any_of_them() -> None:
    zones = countries.zones_of("310")
    noon_in_new_york = at("2026-07-01T12:00", "America/New_York")
    assert is_quiet(noon_in_new_york, NIGHT, zones)  # 06:00 in Hawaii
    assert next_change(noon_in_new_york, NIGHT, zones) == at("2026-07-01T08:00", "Pacific/Honolulu")


def test_what_never_ends_says_so() -> None:
    long = QuietHours(time(12), time(10))
    assert next_change(at("2026-07-01T12:00"), long, countries.zones_of("250")) is None


@pytest.mark.parametrize("pair", [(time(8), time(8)), (time(8, 10), time(9)), (time(8), time(9, 0, 1))])
def test_hours_that_are_none_are_refused(pair: tuple[time, time]) -> None:
    with pytest.raises(ValueError, match="quiet"):
        QuietHours(*pair)


# --- countries


@pytest.mark.parametrize(
    ("mcc", "places", "zones"),
    [
        ("240", ("SE",), ("Europe/Stockholm",)),
        ("460", ("CN",), ("Asia/Shanghai",)),
        ("425", ("IL", "PS"), ("Asia/Gaza", "Asia/Hebron", "Asia/Jerusalem")),
        ("901", (), ()),
        ("", (), ()),
        ("24", (), ()),
    ],
)
def test_a_code_leads_to_its_country_and_its_zones(
    mcc: str, places: tuple[str, ...], zones: tuple[str, ...]
) -> None:
    assert countries.territories_of(mcc) == places
    assert countries.zones_of(mcc) == zones


def test_every_code_of_a_country_has_zones_the_machine_knows() -> None:
    assert len(countries.codes()) > 220
    for mcc in countries.codes():
        assert countries.zones_of(mcc), mcc
        assert {ZoneInfo(zone).key for zone in countries.zones_of(mcc)}


# --- a pace as it is kept


@pytest.mark.parametrize(
    "pace",
    [
        Pace(),
        Pace(an_hour=50),
        Pace(hours=NIGHT, fallback="Asia/Shanghai"),
        Pace(9, NIGHT, "Europe/Berlin", "UTC"),
    ],
)
def test_a_pace_comes_back_as_it_was_kept(pace: Pace) -> None:
    assert pace_of(pace.as_json()) == pace


def test_sims_of_no_country_go_by_the_fallback() -> None:
    pace = Pace(hours=NIGHT, fallback="Asia/Shanghai")
    assert pace.zones("901") == ("Asia/Shanghai",)
    assert pace.zones("240") == ("Europe/Stockholm",)
    assert Pace(hours=NIGHT, zone="Europe/Berlin").zones("460") == ("Europe/Berlin",)
