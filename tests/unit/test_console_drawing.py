"""Coordinates of the page's charts."""

from itertools import pairwise

import pytest

from bot.console.drawing import BARS_HEIGHT, BARS_WIDTH, Mark, Plane, bars, curve, gauge
from surveys.instruments import NPS
from surveys.results import Query, Row, result_table
from tests.journeys import FUNNEL, NOW, PROGRAM, SCORES

WIDE = Plane(steps=3, width=300, height=120, start=10, end=110)
TALL = Plane(steps=3, width=120, height=300, start=10, end=110, downwards=True)


def row(stage: str) -> Row:
    rows = result_table(Query(), PROGRAM, SCORES, FUNNEL, NOW).rows
    return next(row for row in rows if row.stage == stage)


def marks(*values: float | None) -> list[Mark]:
    return [
        Mark(label="", score="", value=value, low=(value or 0) - 5, high=(value or 0) + 5)
        for value in values
    ]


def test_high_is_up_on_a_wide_curve_and_right_on_a_tall_one() -> None:
    assert [WIDE.at(0, value) for value in (0, 100)] == [(50, 110), (50, 10)]
    assert [TALL.at(0, value) for value in (0, 100)] == [(10, 50), (110, 50)]


@pytest.mark.parametrize("plane", [WIDE, TALL], ids=["wide", "tall"])
def test_neighbours_are_joined_with_their_intervals(plane: Plane) -> None:
    drawn = curve(marks(20, 80, 40), plane)

    assert len(drawn.links) == 2
    for link, (a, b) in zip(drawn.links, pairwise(drawn.points), strict=True):
        assert link.line.startswith(f"M{a.x} {a.y}C")
        assert link.line.endswith(f"{b.x} {b.y}")
        assert link.band is not None
        assert link.band.endswith("Z")


def test_a_stage_without_a_score_is_bridged_without_an_interval() -> None:
    drawn = curve(marks(20, None, 40), WIDE)

    assert [link.band for link in drawn.links] == [None]
    assert len(drawn.points) == 3


def test_nps_gauge_has_its_zero_in_the_middle() -> None:
    drawn = gauge(row("advocacy"))

    assert drawn is not None
    assert (drawn.zero, drawn.at) == (100, 145)
    assert drawn.low < drawn.at < drawn.low + drawn.width


def test_percent_gauge_starts_at_zero_and_a_hidden_score_has_none() -> None:
    drawn = gauge(row("retention"))

    assert drawn is not None
    assert (drawn.zero, drawn.at) == (None, 100)
    assert gauge(row("awareness")) is None


def test_bars_fill_the_width_and_the_highest_the_height() -> None:
    drawn = bars(NPS, (0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4))

    assert drawn[-1].x + drawn[-1].width == pytest.approx(BARS_WIDTH, abs=1)
    assert (drawn[-1].height, drawn[-1].y) == (BARS_HEIGHT, 0)
    assert [bar.band for bar in drawn[6:]] == ["low", "mid", "mid", "high", "high"]
    assert drawn[0].height == 0
