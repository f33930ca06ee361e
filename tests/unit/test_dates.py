"""Days and times as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from surveys.language.dates import day, moment, time_of_day

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 22, 6, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "language", "expected"),
    [
        (NOW, "ko", "오후 3:04"),
        (NOW, "en", "3:04 PM"),
        (NOW.replace(hour=15), "ko", "오전 12:04"),
        (NOW.replace(hour=3), "ko", "오후 12:04"),
        (NOW.replace(hour=15), "en", "12:04 AM"),
        (NOW, "de", "15:04"),
    ],
)
def test_a_clock_time_reads_as_it_is_said(at: datetime, language: str, expected: str) -> None:
    assert time_of_day(at, SEOUL, language) == expected


def test_a_day_of_this_year_goes_without_it() -> None:
    assert day(NOW, SEOUL, "ko", now=NOW) == "11월 22일 (일)"
    assert day(NOW, SEOUL, "en", now=NOW) == "Sun, Nov 22"


def test_a_day_of_another_year_names_it() -> None:
    later = NOW.replace(year=2027)

    assert day(NOW, SEOUL, "ko", now=later) == "2026년 11월 22일 (일)"
    assert day(NOW, SEOUL, "en", now=later) == "Sun, Nov 22, 2026"


def test_the_zone_decides_day_and_year() -> None:
    eve = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)

    assert moment(eve, SEOUL, "ko", now=eve) == "1월 1일 (금) 오전 12:30"
    assert moment(eve, UTC, "en", now=eve) == "Thu, Dec 31, 3:30 PM"
