"""Times of a cron expression: the company's wall clock, through changes of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.cron import CronRule
from surveys.errors import InvalidInput


def times(expression: str, zone: str, start: str, count: int) -> list[str]:
    """Return the first times after a local start, as the wall clock shows them."""
    rule, found = CronRule(expression, zone), []
    at: datetime | None = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    for _ in range(count):
        assert at is not None
        at = rule.after(at)
        assert at is not None
        assert at.tzinfo is UTC
        found.append(at.astimezone(ZoneInfo(zone)).strftime("%a %m-%d %H:%M %z"))
    return found


def test_one_is_monday_as_in_cron() -> None:
    assert times("0 9 * * 1", "Asia/Seoul", "2026-11-22T09:00", 2) == [
        "Mon 11-23 09:00 +0900",
        "Mon 11-30 09:00 +0900",
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("0", "Sun"), ("7", "Sun"), ("sun", "Sun"), ("SAT", "Sat"), ("1-5", "Mon Tue Wed Thu Fri"),
        ("fri-sun", "Fri Sat Sun"), ("5-7", "Fri Sat Sun"), ("1,3", "Mon Wed"), ("*/3", "Sun Wed Sat"),
        ("1-5/2", "Mon Wed Fri"), ("*", "Mon Tue Wed Thu Fri Sat Sun"),
    ],
)  # fmt: skip
def test_days_of_the_week_are_crons(days: str, expected: str) -> None:
    found = times(f"0 9 * * {days}", "Asia/Seoul", "2026-11-22T10:00", 7)
    assert {each[:3] for each in found} == set(expected.split())


def test_a_time_itself_is_not_after_itself() -> None:
    assert times("0 9 * * *", "Asia/Seoul", "2026-11-22T09:00", 1) == ["Mon 11-23 09:00 +0900"]
    assert times("0 9 * * *", "Asia/Seoul", "2026-11-22T08:59:59.999999", 1) == [
        "Sun 11-22 09:00 +0900"
    ]


def test_nine_stays_nine_when_the_clock_changes() -> None:
    assert times("0 9 * * *", "Europe/Berlin", "2026-03-28T08:00", 3) == [
        "Sat 03-28 09:00 +0100",
        "Sun 03-29 09:00 +0200",
        "Mon 03-30 09:00 +0200",
    ]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_each_day_of_a_year_has_its_time_once(zone: str) -> None:
    for minute in ("30 1 * * *", "30 2 * * *"):
        found = times(minute, zone, "2026-01-01T00:00", 365)
        assert len({each[4:9] for each in found}) == 365


def test_a_skipped_time_comes_later_and_a_double_one_the_first_time() -> None:
    assert times("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", 2) == [
        "Sun 03-29 03:30 +0200",
        "Mon 03-30 02:30 +0200",
    ]
    assert times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", 2) == [
        "Sun 10-25 02:30 +0200",
        "Mon 10-26 02:30 +0100",
    ]


def test_from_within_the_doubled_hour_the_next_day_is_next() -> None:
    rule = CronRule("30 2 * * *", "Europe/Berlin")
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert rule.after(second - timedelta(minutes=1)) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_both_day_fields_mean_either() -> None:
    assert times("0 9 1 * 1", "Asia/Seoul", "2026-11-24T00:00", 3) == [
        "Mon 11-30 09:00 +0900",
        "Tue 12-01 09:00 +0900",
        "Mon 12-07 09:00 +0900",
    ]


def test_a_leap_day_comes_and_the_last_of_february_too() -> None:
    assert times("0 0 29 2 *", "UTC", "2096-03-01T00:00", 1) == ["Fri 02-29 00:00 +0000"]


@pytest.mark.parametrize(
    "wrong",
    ["", "0 9 * *", "0 9 * * * *", "60 9 * * 1", "0 9 * * 8", "0 9 * * mon-", "0 9 * * 5-1",
     "0 9 31 2 *", "0 9 * * 1/2", "a b c d e", "0 9 * * */0", "0 9 * * 1#2"],
)  # fmt: skip
def test_what_is_no_cron_expression_or_never_comes_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="cron"):
        CronRule(wrong, "Asia/Seoul")
