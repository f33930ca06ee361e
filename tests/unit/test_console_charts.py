"""Coordinates of the charts of stages and touchpoints, and the words beside them."""

from datetime import date, timedelta

import pytest

from bot.console.amounts import PERCENT, POINTS, amount
from bot.console.charts import (
    BOTTOM,
    LEFT,
    RIGHT,
    SQUARE,
    SQUARE_EDGE,
    TOP,
    TREND_HEIGHT,
    TREND_WIDTH,
    Reading,
    spark,
    square,
    trend,
)
from bot.console.comparison import compared
from bot.console.filters import periods
from surveys.results import Change

MONDAY = date(2026, 9, 28)


def readings(*values: float | None, smooth: float | None = None) -> list[Reading]:
    """Return weeks, each with an interval of ten to each side."""
    return [
        Reading(start=MONDAY + timedelta(weeks=week), label="")
        if value is None
        else Reading(
            start=MONDAY + timedelta(weeks=week),
            label=str(value),
            value=value,
            low=value - 10,
            high=value + 10,
            smooth=smooth,
        )
        for week, value in enumerate(values)
    ]


def test_a_trend_goes_from_left_to_right_and_high_is_up() -> None:
    drawn = trend(readings(40, None, 70), [], PERCENT)

    first, last = drawn.dots
    assert LEFT < first.x < last.x < TREND_WIDTH - RIGHT
    assert last.y < first.y
    assert first.high is not None
    assert first.low is not None
    assert TOP <= first.high < first.y < first.low <= TREND_HEIGHT - BOTTOM


def test_a_trend_is_labelled_at_round_values_and_where_a_month_begins() -> None:
    drawn = trend(readings(40, 50, 60, 70, 65, 60), [], PERCENT)

    assert [level.text for level in drawn.levels] == ["30%", "40%", "50%", "60%", "70%", "80%"]
    assert [time.text for time in drawn.times] == ["26-09", "10", "11"]


def test_a_line_is_drawn_only_through_neighbours_that_are_smoothed() -> None:
    smooth, rough = readings(40, 50, smooth=45), readings(40, None, 50)
    alone = [*rough[:2], *readings(1, 1, 50, smooth=50)[2:]]
    (line,) = trend(alone, [], PERCENT).lines

    assert len(trend(smooth, [], PERCENT).lines) == 1
    assert trend(rough, [], PERCENT).lines == ()
    assert line.removeprefix("M").split("L") == [line.removeprefix("M").split("L")[0]] * 2


@pytest.mark.parametrize(
    ("days", "between"), [(0, (0, 0)), (7, (0, 1)), (10, (0, 2)), (90, (2, 2))]
)
def test_a_mark_lies_where_its_day_is(days: int, between: tuple[int, int]) -> None:
    drawn = trend(readings(40, 50, 60), [MONDAY + timedelta(days=days)], PERCENT)

    (mark,) = drawn.marks
    low, high = (drawn.dots[place].x for place in between)
    step = drawn.dots[1].x - drawn.dots[0].x
    assert low - step / 2 <= mark.at <= high
    assert mark.text == "1"


def test_a_spark_breaks_at_a_hidden_week_and_keeps_to_the_whole_scale() -> None:
    lines, last = spark((0, 100, None, 50), PERCENT)

    assert lines == ("M4.0 30.0L68.0 4.0", "M196.0 17.0L196.0 17.0")
    assert last == (196.0, 17.0)
    assert spark((None, None), POINTS) == ((), None)


def test_the_quadrant_has_performance_to_the_right_and_importance_upwards() -> None:
    drawn = square([((0, 0, 10), (0, 0, 5)), ((100, 90, 100), (50, 40, 50))], 50, 25, 50)

    low, high = drawn.spots
    assert (low.x, low.y) == (SQUARE_EDGE, SQUARE - SQUARE_EDGE)
    assert (high.x, high.y) == (SQUARE - SQUARE_EDGE, SQUARE_EDGE)
    assert (drawn.across, drawn.up) == (SQUARE / 2, SQUARE / 2)
    assert low.number < high.number


def test_an_estimate_without_an_interval_has_no_mark() -> None:
    bare = {"value": 12.5, "low": None, "high": None, "method": None}
    whole = {"value": -12.5, "low": -30.0, "high": 5.0, "method": "wilson"}

    assert amount(None, PERCENT, "en").value == "–"
    assert (amount(bare, PERCENT, "en").value, amount(bare, PERCENT, "en").gauge) == ("13%", None)
    told = amount(whole, POINTS, "en")
    assert (told.value, told.interval) == ("-13", "-30 – +5")
    assert told.gauge is not None
    assert told.gauge.zero == 100


def test_only_a_verdict_brings_an_arrow_and_a_word() -> None:
    plain = Change(against="2026-09", difference=-33.0, low=-45.0, high=-20.0)
    worse = Change(against="2026-09", difference=-33.0, low=-45.0, high=-20.0, verdict="worse")
    refused = Change(against="others", refused=("wording",), notes=())

    without, judged, not_compared = (compared(each, "en") for each in (plain, worse, refused))

    assert compared(None, "en") is None
    assert without is not None
    assert (without.arrow, without.word, without.difference) == ("", "", "-33")
    assert judged is not None
    assert (judged.arrow, judged.word, judged.interval) == ("▼", "worse", "-45 – -20")
    assert not_compared is not None
    assert not_compared.refused
    assert not_compared.against == "against all other stages"


def test_closed_windows_go_back_over_the_new_year() -> None:
    assert periods(date(2026, 2, 3)) == (
        *("2026-02", "2026-01", "2025-12", "2025-11", "2025-10", "2025-09"),
        *("2026-Q1", "2025-Q4", "2025-Q3"),
    )
