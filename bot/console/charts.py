"""Geometry of charts over time and of the quadrant: SVG coordinates, no markup and no colour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from bot.console.amounts import Scale

TREND_WIDTH, TREND_HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 34
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 200, 34, 4
SQUARE, SQUARE_EDGE = 340, 34
_STEP, _LEAST_SPAN, _LINES = 10, 20, 5
_STEPS = (5, 10, 20, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A period's score; None where it has none, and an interval only where there is one."""

    start: date
    label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    smooth: float | None = None
    faint: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A drawn reading; ``low`` and ``high`` are its interval's ends, None where there is none."""

    x: float
    y: float
    label: str
    low: float | None
    high: float | None
    faint: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Readings over time. ``lines`` are smoothed, and broken where too few answered; ``marks`` x by number."""

    dots: tuple[Dot, ...]
    lines: tuple[str, ...]
    levels: tuple[Tick, ...]
    times: tuple[Tick, ...]
    marks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class _Height:
    """The values that the chart's height stands for."""

    low: float
    high: float

    def up(self, value: float) -> float:
        """Return how far down a value is drawn."""
        inner = TREND_HEIGHT - TOP - BOTTOM
        return round(TREND_HEIGHT - BOTTOM - inner * (value - self.low) / (self.high - self.low), 1)

    def levels(self) -> Iterable[int]:
        """Return at most six round values."""
        step = next(step for step in _STEPS if (self.high - self.low) <= step * _LINES)
        return range(ceil(self.low / step) * step, int(self.high) + 1, step)


def trend(readings: Sequence[Reading], marks: Sequence[date], scale: Scale) -> Trend:
    """Lay readings out, oldest first; a mark lies where its day falls between the periods' beginnings."""
    height = _Height(*_span(readings, scale))
    places = _places(len(readings))
    placed = tuple(zip(places, readings, strict=True))
    smooth = (None if r.smooth is None else (x, height.up(r.smooth)) for x, r in placed)
    return Trend(
        dots=tuple(
            _dot(x, reading, reading.value, height)
            for x, reading in placed
            if reading.value is not None
        ),
        lines=tuple(_paths(smooth)),
        levels=tuple(Tick(at=height.up(at), text=scale.text(at)) for at in height.levels()),
        times=tuple(_times(places, readings)),
        marks=tuple(
            Tick(at=_between(day, places, readings), text=str(number))
            for number, day in enumerate(marks, start=1)
        ),
    )


def _dot(x: float, reading: Reading, value: float, height: _Height) -> Dot:
    return Dot(
        x=x,
        y=height.up(value),
        label=reading.label,
        low=None if reading.low is None else height.up(reading.low),
        high=None if reading.high is None else height.up(reading.high),
        faint=reading.faint,
    )


def spark(
    values: Sequence[float | None], scale: Scale
) -> tuple[tuple[str, ...], tuple[float, float] | None]:
    """Return the lines through neighbouring values on the whole scale, and where the last value lies."""
    step = (SPARK_WIDTH - 2 * SPARK_EDGE) / max(1, len(values) - 1)
    points = [
        None
        if value is None
        else (
            round(SPARK_EDGE + index * step, 1),
            round(SPARK_EDGE + (SPARK_HEIGHT - 2 * SPARK_EDGE) * (1 - scale.place(value)), 1),
        )
        for index, value in enumerate(values)
    ]
    known = [point for point in points if point is not None]
    return tuple(_paths(points)), known[-1] if known else None


def _span(readings: Sequence[Reading], scale: Scale) -> tuple[float, float]:
    ends = [
        end
        for reading in readings
        for end in (reading.value, reading.low, reading.high)
        if end is not None
    ]
    return _round_span(min(ends), max(ends), scale) if ends else (scale.low, scale.high)


def _round_span(least: float, most: float, scale: Scale) -> tuple[float, float]:
    """Return round ends around the values, twenty or more apart and within the scale."""
    low = max(scale.low, _STEP * floor(least / _STEP))
    high = min(scale.high, _STEP * ceil(most / _STEP))
    while high - low < _LEAST_SPAN:
        low, high = max(scale.low, low - _STEP), min(scale.high, high + _STEP)
    return low, high


def _places(count: int) -> list[float]:
    width = TREND_WIDTH - LEFT - RIGHT
    return [round(LEFT + width * (index + 0.5) / count, 1) for index in range(count)]


def _paths(points: Iterable[tuple[float, float] | None]) -> Iterable[str]:
    """Yield one path per run of neighbours; a point alone is a path of no length, drawn as a dot."""
    run: list[str] = []
    for point in (*points, None):
        if point is not None:
            run.append(f"{point[0]} {point[1]}")
        elif run:
            yield "M" + "L".join(run if len(run) > 1 else run * 2)
            run = []


def _times(places: Sequence[float], readings: Sequence[Reading]) -> Iterable[Tick]:
    """Label the first period and each that begins another month."""
    before = None
    for x, reading in zip(places, readings, strict=True):
        month = (reading.start.year, reading.start.month)
        if month != before:
            yield Tick(at=x, text=f"{reading.start:%m}" if before else f"{reading.start:%y-%m}")
        before = month


def _between(day: date, places: Sequence[float], readings: Sequence[Reading]) -> float:
    """Return where a day lies, between the middles of the periods around it."""
    for x, start, after in zip(places, readings, readings[1:], strict=False):
        if day < after.start:
            share = (day - start.start).days / max(1, (after.start - start.start).days)
            step = places[1] - places[0]
            return round(x + step * (max(0.0, min(1.0, share)) - 0.5), 1)
    return places[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A numbered point of the quadrant with its two intervals."""

    number: int
    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """The quadrant: performance to the right, importance upwards, lines at the medians."""

    spots: tuple[Spot, ...]
    across: float
    up: float


Box = tuple[float, float, float]
"""A value with its interval's ends."""


def square(points: Sequence[tuple[Box, Box]], across: float, up: float, most: float) -> Square:
    """Lay out pairs of performance (0..100) and importance (0..``most``)."""

    def right(value: float) -> float:
        return round(SQUARE_EDGE + (SQUARE - 2 * SQUARE_EDGE) * value / 100, 1)

    def above(value: float) -> float:
        return round(SQUARE - SQUARE_EDGE - (SQUARE - 2 * SQUARE_EDGE) * value / most, 1)

    return Square(
        spots=tuple(
            Spot(
                number=number,
                x=right(performance[0]),
                y=above(importance[0]),
                left=right(performance[1]),
                right=right(performance[2]),
                top=above(importance[2]),
                bottom=above(importance[1]),
            )
            for number, (performance, importance) in enumerate(points, start=1)
        ),
        across=right(across),
        up=above(up),
    )
