"""Geometry of the page's charts: SVG coordinates, no markup and no colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from surveys.instruments import Instrument
from surveys.results import Row

GAUGE_WIDTH = 200
BARS_WIDTH, BARS_HEIGHT, BAR_GAP = 200, 40, 3
_FULL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """An interval on its scale; x in 0..GAUGE_WIDTH. ``zero`` is where 0 lies on a signed scale."""

    low: float
    width: float
    at: float
    zero: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One score's share of the answers."""

    score: int
    count: int
    band: str
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where its label is centred."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A stage on the emotion curve, in 0..100; one without a score has only its place.

    ``score`` is the text beside the point, or what to say in its place; ``measure`` is what was asked for it.
    """

    label: str
    score: str
    measure: str = ""
    value: float | None = None
    low: float = 0
    high: float = 0
    indicative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A drawn mark: its centre, its interval's two ends, and where the stage's axis meets the edge."""

    mark: Mark
    x: float
    y: float
    low: tuple[float, float]
    high: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The curve between two neighbouring scores; ``band`` only where no stage lies between."""

    line: str
    band: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The emotion curve laid out in ``width`` x ``height``."""

    plane: "Plane"
    points: tuple[Point, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where the curve is drawn: along x (wide screens) or downwards (narrow ones)."""

    steps: int
    width: float
    height: float
    start: float
    end: float
    downwards: bool = False

    def at(self, step: int, value: float) -> tuple[float, float]:
        """Return the coordinates of a value 0..100 at a step."""
        along = (step + 0.5) / self.steps
        if self.downwards:
            return round(self.start + (self.end - self.start) * value / _FULL, 1), round(
                along * self.height, 1
            )
        return round(along * self.width, 1), round(
            self.end - (self.end - self.start) * value / _FULL, 1
        )

    def bend(self, a: tuple[float, float], b: tuple[float, float]) -> str:
        """Return the path command that goes smoothly from ``a`` to ``b``, flat at both."""
        if self.downwards:
            middle = round((a[1] + b[1]) / 2, 1)
            return f"C{a[0]} {middle} {b[0]} {middle} {b[0]} {b[1]}"
        middle = round((a[0] + b[0]) / 2, 1)
        return f"C{middle} {a[1]} {middle} {b[1]} {b[0]} {b[1]}"


def gauge(row: Row) -> Gauge | None:
    """Return the score's interval on its scale, None where there is no score."""
    if row.score is None:
        return None
    low, high, value = (
        position(row, bound) * GAUGE_WIDTH / _FULL
        for bound in (row.score.low, row.score.high, row.score.value)
    )
    zero = GAUGE_WIDTH / 2 if row.instrument == "nps" else None
    return Gauge(low=round(low, 1), width=round(high - low, 1), at=round(value, 1), zero=zero)


def position(row: Row, value: float) -> float:
    """Return where a score lies on 0..100; NPS runs from -100."""
    return (value + _FULL) / 2 if row.instrument == "nps" else value


def bars(kind: Instrument, distribution: Sequence[int]) -> tuple[Bar, ...]:
    """Return one bar per score of the scale, the highest filling the height."""
    width = (BARS_WIDTH - BAR_GAP * (len(distribution) - 1)) / len(distribution)
    top = max(distribution, default=0) or 1
    return tuple(
        Bar(
            score=score,
            count=count,
            band=kind.band(score),
            x=round(index * (width + BAR_GAP), 1),
            y=round(BARS_HEIGHT * (1 - count / top), 1),
            width=round(width, 1),
            height=round(BARS_HEIGHT * count / top, 1),
        )
        for index, (score, count) in enumerate(zip(kind.scores, distribution, strict=True))
    )


def curve(marks: Sequence[Mark], plane: Plane) -> Curve:
    """Lay the marks out in the plane and join those that have a score."""
    points = tuple(
        Point(
            mark=mark,
            x=plane.at(step, mark.value or 0)[0],
            y=plane.at(step, mark.value or 0)[1],
            low=plane.at(step, mark.low),
            high=plane.at(step, mark.high),
        )
        for step, mark in enumerate(marks)
    )
    scored = [(step, point) for step, point in enumerate(points) if point.mark.value is not None]
    links = (
        _link(plane, a, b, near=after == before + 1) for (before, a), (after, b) in pairwise(scored)
    )
    return Curve(plane=plane, points=points, links=tuple(links))


def _link(plane: Plane, a: Point, b: Point, *, near: bool) -> Link:
    line = f"M{a.x} {a.y}{plane.bend((a.x, a.y), (b.x, b.y))}"
    if not near:
        return Link(line=line, band=None)
    there = f"M{a.high[0]} {a.high[1]}{plane.bend(a.high, b.high)}"
    back = f"L{b.low[0]} {b.low[1]}{plane.bend(b.low, a.low)}Z"
    return Link(line=line, band=there + back)
