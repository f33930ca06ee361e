"""Importance beside performance: in which quarter a touchpoint stands, if that can be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from surveys.statistics.intervals import Estimate


class Box(StrEnum):
    """A quarter of the plot, by importance and performance; undecided where an interval crosses a line."""

    CORE = "core"
    IMPROVE = "improve"
    MAINTAIN = "maintain"
    MINOR = "minor"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quadrant:
    """The cross-lines (medians of the points) and each point's box, in the order given."""

    performance: float | None
    importance: float | None
    boxes: tuple[Box, ...]


def quadrant(points: Sequence[tuple[Estimate, Estimate]]) -> Quadrant:
    """Place points of (performance, importance); a point is undecided if its interval box meets a line."""
    if not points:
        return Quadrant(performance=None, importance=None, boxes=())
    across = median(performance.value for performance, _ in points)
    up = median(importance.value for _, importance in points)
    return Quadrant(
        performance=across,
        importance=up,
        boxes=tuple(_box(_side(x, across), _side(y, up)) for x, y in points),
    )


def _side(estimate: Estimate, line: float) -> bool | None:
    """Say whether all of the interval lies above the line; None if it meets it."""
    if estimate.low <= line <= estimate.high:
        return None
    return estimate.low > line


def _box(performs: bool | None, matters: bool | None) -> Box:
    if performs is None or matters is None:
        return Box.UNDECIDED
    if matters:
        return Box.CORE if performs else Box.IMPROVE
    return Box.MAINTAIN if performs else Box.MINOR
