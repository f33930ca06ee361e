from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.timing import (
    HORIZON,
    Allowed,
    QuietHours,
    after_quiet,
    allowed,
    day_of,
    holidays_known,
    instant,
    local_quiet,
    month_of,
    quarter_of,
    skip_holidays,
    zone_known,
    zone_of,
)
from tests.clock_changes import CLOCK_CHANGES

MINUTE = timedelta(minutes=1)
SEOUL = ZoneInfo("Asia/Seoul")
NEW_YORK = ZoneInfo("America/New_York")
NIGHT = QuietHours(start="21:00", end="08:00")

CHANGES = [*CLOCK_CHANGES, ("Pacific/Apia", date(2011, 12, 30))]
"""Apia had no such day."""
HOURS = [
    NIGHT,
    QuietHours(start="02:15", end="01:45"),
    QuietHours(start="01:30", end="02:30"),
    QuietHours(start="00:00", end="06:00"),
    QuietHours(start="23:30", end="00:30"),
    QuietHours(start="12:00", end="12:00"),
]
zones = st.sampled_from(sorted({name for name, _ in CHANGES}))
clock_times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
quiet_hours = st.builds(QuietHours, start=clock_times, end=clock_times)
quarters = st.integers(0, 4 * 24 * 365 * 2).map(
    lambda n: datetime(2026, 1, 1, tzinfo=UTC) + n * timedelta(minutes=15)
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: ZoneInfo = SEOUL) -> datetime:
    return instant(datetime.fromisoformat(text), zone)


def free(at: datetime) -> tuple[datetime, None]:
    return at, None


def minutes_around(day: date) -> Iterator[datetime]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=14)
    return (start + n * MINUTE for n in range(60 * 54))


def wall_says_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    wall = at.astimezone(zone).strftime("%H:%M")
    if quiet.start <= quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end


@pytest.mark.parametrize("quiet", HOURS, ids=lambda q: f"{q.start}-{q.end}")
@pytest.mark.parametrize(("name", "day"), CHANGES, ids=str)
def test_c05_every_minute_around_a_clock_change(name: str, day: date, quiet: QuietHours) -> None:
    """Quiet is what the wall clock says, and the next allowed instant is the first not quiet.

    The second pass of a repeated hour has no say: boundaries lie in the first.
    """
    zone = ZoneInfo(name)
    minutes = list(minutes_around(day))
    free_from = None
    for at in reversed(minutes):
        quiet_now = local_quiet(at, quiet, zone)
        if not at.astimezone(zone).fold:
            assert quiet_now == wall_says_quiet(at, quiet, zone), at
        free_from = free_from if quiet_now else at
        if free_from is not None:
            assert after_quiet(at, quiet, zone) == free_from


@given(quarters, quiet_hours, zones)
def test_the_end_of_quiet_hours_is_the_least_instant_that_is_not_quiet(
    at: datetime, quiet: QuietHours, name: str
) -> None:
    zone = ZoneInfo(name)

    end = after_quiet(at, quiet, zone)

    assert end >= at
    assert not local_quiet(end, quiet, zone)
    assert end == at or local_quiet(end - timedelta(microseconds=1), quiet, zone)
    assert after_quiet(end, quiet, zone) == end


def test_quiet_hours_include_their_start_and_exclude_their_end() -> None:
    start, end = local("2026-11-18T21:00"), local("2026-11-19T08:00")

    assert not local_quiet(start - timedelta(microseconds=1), NIGHT, SEOUL)
    assert local_quiet(start, NIGHT, SEOUL)
    assert local_quiet(end - timedelta(microseconds=1), NIGHT, SEOUL)
    assert not local_quiet(end, NIGHT, SEOUL)


@pytest.mark.parametrize(
    ("wall", "name", "expected"),
    [
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:00"),
        ("2026-03-08T02:00", "America/New_York", "2026-03-08T07:00"),
        ("2026-03-08T02:59:59.500000", "America/New_York", "2026-03-08T07:00"),
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30"),
        ("2026-10-04T02:10", "Australia/Lord_Howe", "2026-10-03T15:30"),
        ("1986-01-01T00:07", "Asia/Kathmandu", "1985-12-31T18:30"),
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00"),
        ("2026-11-18T09:00", "Asia/Seoul", "2026-11-18T00:00"),
    ],
)
def test_c03_a_skipped_wall_time_is_the_instant_after_the_gap_and_a_repeated_one_the_first(
    wall: str, name: str, expected: str
) -> None:
    assert instant(datetime.fromisoformat(wall), ZoneInfo(name)) == utc(expected)


def test_a_holiday_waits_for_the_start_of_the_next_working_day() -> None:
    """Seollal 2026 takes 16 to 18 February."""
    assert skip_holidays(local("2026-02-16T10:00"), "KR", SEOUL) == local("2026-02-19T00:00")
    assert skip_holidays(local("2026-02-19T10:00"), "KR", SEOUL) == local("2026-02-19T10:00")


def test_an_unknown_country_has_no_holidays() -> None:
    assert not holidays_known("ZZ")
    assert holidays_known("KR")
    assert skip_holidays(local("2026-01-01T10:00"), "ZZ", SEOUL) == local("2026-01-01T10:00")


@pytest.mark.parametrize("name", ["Asia/Soul", "", "Asia", "../etc/passwd", "/etc/passwd", "\x00"])
def test_a_zone_that_does_not_exist_is_unknown(name: str) -> None:
    assert not zone_known(name)


@pytest.mark.parametrize(
    ("name", "fallback", "expected"),
    [
        ("America/New_York", "Asia/Seoul", (NEW_YORK, False)),
        ("Mars/Olympus", "Asia/Seoul", (SEOUL, True)),
        (None, "Asia/Seoul", (SEOUL, False)),
        ("Mars/Olympus", "Mars/Base", (ZoneInfo("UTC"), True)),
    ],
)
def test_c08_an_unknown_zone_falls_back_with_a_warning(
    name: str | None, fallback: str, expected: tuple[ZoneInfo, bool]
) -> None:
    assert zone_of(name, fallback) == expected


def test_days_months_and_quarters_are_local() -> None:
    at = utc("2026-09-30T15:30")

    assert day_of(at, SEOUL) == date(2026, 10, 1)
    assert (month_of(at, SEOUL), quarter_of(at, SEOUL)) == ("2026-10", "2026-Q4")
    assert (month_of(at, NEW_YORK), quarter_of(at, NEW_YORK)) == ("2026-09", "2026-Q3")


def test_an_instant_that_every_rule_accepts_stays() -> None:
    noon = local("2026-11-18T12:00")

    found = allowed(noon, quiet=NIGHT, zone_names=("Asia/Seoul",), holidays="KR", clock=free)

    assert found == Allowed(at=noon)


def test_without_rules_nothing_waits() -> None:
    night = local("2026-11-18T03:00")

    assert allowed(night, quiet=None, zone_names=(), holidays=None, clock=free) == Allowed(at=night)


def test_the_steps_tell_which_rule_moved_the_ask_where() -> None:
    """The cap frees in the evening before New Year's Day, which is a holiday."""
    freed = local("2026-12-31T22:00")

    found = allowed(
        local("2026-12-20T12:00"),
        quiet=NIGHT,
        zone_names=("Asia/Seoul",),
        holidays="KR",
        clock=lambda at: (max(at, freed), "cap"),
    )

    assert found == Allowed(
        at=local("2027-01-02T08:00"),
        rule="quiet_hours",
        steps=(
            ("cap", freed),
            ("quiet_hours", local("2027-01-01T08:00")),
            ("holiday", local("2027-01-02T00:00")),
            ("quiet_hours", local("2027-01-02T08:00")),
        ),
    )


def test_quiet_hours_hold_in_the_customers_and_the_companys_zone() -> None:
    """08:00 in New York is 22:00 in Seoul; the next instant free in both is 18:00 there, 08:00 here."""
    found = allowed(
        local("2026-11-18T08:00", NEW_YORK),
        quiet=NIGHT,
        zone_names=("America/New_York", "Asia/Seoul"),
        holidays=None,
        clock=free,
    )

    assert found.at == local("2026-11-18T18:00", NEW_YORK) == local("2026-11-19T08:00")


def test_an_unknown_customer_zone_is_replaced_by_the_companys() -> None:
    night = local("2026-11-18T03:00")

    found = allowed(
        night, quiet=NIGHT, zone_names=("Mars/Olympus", "Asia/Seoul"), holidays=None, clock=free
    )

    assert found.at == local("2026-11-18T08:00")


def test_rules_that_leave_nothing_open_give_the_horizon() -> None:
    at = local("2026-11-18T03:00")
    busy = QuietHours(start="08:00", end="07:59")

    found = allowed(
        at,
        quiet=busy,
        zone_names=("Asia/Seoul", "America/New_York"),
        holidays=None,
        clock=free,
    )

    assert (found.at, found.rule) == (at + HORIZON, "quiet_hours")


def test_a_clock_that_never_settles_gives_the_horizon() -> None:
    at = local("2026-11-18T12:00")

    found = allowed(
        at,
        quiet=None,
        zone_names=("Asia/Seoul",),
        holidays=None,
        clock=lambda now: (now + timedelta(microseconds=1), None),
    )

    assert (found.at, found.rule) == (at + HORIZON, "clock")


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_the_ends_of_time_do_not_raise(at: datetime) -> None:
    found = allowed(at, quiet=NIGHT, zone_names=("Asia/Seoul",), holidays="KR", clock=free)

    assert found == Allowed(at=at)


@given(
    at=quarters,
    quiet=quiet_hours,
    zone_names=st.lists(zones, min_size=1, max_size=2),
    country=st.sampled_from([None, "KR", "US"]),
    wait=st.integers(0, 4 * 24 * 3),
)
def test_the_next_allowed_instant_is_the_least_fixpoint(
    at: datetime, quiet: QuietHours, zone_names: list[str], country: str | None, wait: int
) -> None:
    freed = at + wait * timedelta(minutes=15)

    def accepted(now: datetime) -> bool:
        if now < freed or any(local_quiet(now, quiet, ZoneInfo(name)) for name in zone_names):
            return False
        return country is None or skip_holidays(now, country, ZoneInfo(zone_names[0])) == now

    def again(now: datetime) -> Allowed:
        return allowed(
            now,
            quiet=quiet,
            zone_names=zone_names,
            holidays=country,
            clock=lambda when: (max(when, freed), "cap"),
        )

    found = again(at)

    if found.at < at + HORIZON:
        assert accepted(found.at)
        assert again(found.at) == Allowed(at=found.at)
    quarter = timedelta(minutes=15)
    steps = min((found.at - at) // quarter, 4 * 24 * 7)
    assert not any(accepted(at + n * quarter) for n in range(steps))
