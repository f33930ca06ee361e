"""Themes of a stage by place and band of the score, hidden together wherever any of them is shown."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from surveys.instruments import Band, instrument
from surveys.results.crowds import REST, Place
from surveys.results.naming import Naming
from surveys.statistics.suppression import HiddenTable, hide_table, small
from surveys.themes.tags import Named, ThemeCount

BANDS: Final[tuple[Band, ...]] = ("low", "mid", "high")
Bands = tuple[int, int, int]
Cell = tuple[Place, Band]
Group = tuple[str, str]
"""A stage and a theme."""


@dataclass(frozen=True, slots=True)
class Axes:
    """What a theme's rows are apart by: tags, then attributes that sides are values of."""

    tags: tuple[str, ...] = ("touchpoint",)
    sides: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.tags, *self.sides)

    def place(self, each: ThemeCount | Named) -> Place:
        """Return the row of a count, or of an answer."""
        tags = tuple(getattr(each.dimensions, name) for name in self.tags)
        if not isinstance(each, Named):
            return tags
        values = {side.attribute: side.value for side in each.sides}
        return tags + tuple(values.get(name, REST) for name in self.sides)


BY_TOUCHPOINT: Final = Axes()


@dataclass(frozen=True, slots=True)
class Banded:
    """A theme of one stage, of all series: answers by place and band, and what hiding weighs of each.

    ``crossed`` says that bands are one of three axes or more.
    """

    stage: str
    theme: str
    points: Mapping[Place, Bands]
    weights: Mapping[Cell, int]
    enough: int
    crossed: bool = False

    @property
    def hidden(self) -> HiddenTable:
        """What of it is hidden: places are rows, bands columns. Of three axes all, where any cell is small."""
        if self.crossed:
            return self._crossed()
        rows = [[self.weights.get((point, band), 0) for band in BANDS] for point in self.points]
        return hide_table(rows, self.enough)

    def shows_low(self, touchpoint: str | None) -> bool:
        """Say whether the low band is shown, of one touchpoint or of the whole stage."""
        if touchpoint is None:
            return BANDS.index("low") not in self.hidden.columns
        row = list(self.points).index((touchpoint,))
        return (row, BANDS.index("low")) not in self.hidden.cells

    def _crossed(self) -> HiddenTable:
        gone = any(small(weight, self.enough) for weight in self.weights.values())
        rows = frozenset(range(len(self.points) if gone else 0))
        columns = frozenset(range(len(BANDS) if gone else 0))
        cells = frozenset((row, column) for row in rows for column in columns)
        return HiddenTable(cells, rows, columns, total=gone, dropped=gone)


def banded(named: Naming, stage: str | None = None, axes: Axes = BY_TOUCHPOINT) -> Iterator[Banded]:
    """Yield each theme of each stage, or of one stage, in the order they come.

    By sides only answers can be told apart that were read one by one.
    """
    found = _counted(named, stage, axes)
    weighed = named.weights(found, lambda each: _placed(each, axes))
    for (where, theme), cells in found.items():
        points = sorted({point for point, _ in cells})
        yield Banded(
            stage=where,
            theme=theme,
            points={point: _bands(point, cells) for point in points},
            weights=weighed.groups[where, theme],
            enough=weighed.enough,
            crossed=len(axes.names) > 1,
        )


def _counted(named: Naming, stage: str | None, axes: Axes) -> Mapping[Group, Counter[Cell]]:
    found: defaultdict[Group, Counter[Cell]] = defaultdict(Counter)
    if axes.sides:
        for each in named.answers or ():
            group, cell = _placed(each, axes)
            found[group][cell] += 1
    else:
        for count in named.counts:
            kind, point = instrument(count.dimensions.instrument), axes.place(count)
            cells = found[count.dimensions.stage, count.theme]
            for score in kind.scores:
                cells[point, kind.band(score)] += count.counts[score]
    return {group: cells for group, cells in found.items() if stage in (None, group[0])}


def _placed(each: Named, axes: Axes) -> tuple[Group, Cell]:
    at = each.dimensions
    band = instrument(at.instrument).band(each.score)
    return (at.stage, each.theme), (axes.place(each), band)


def _bands(point: Place, cells: Mapping[Cell, int]) -> Bands:
    low, mid, high = (cells.get((point, band), 0) for band in BANDS)
    return low, mid, high
