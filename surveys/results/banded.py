"""Themes of a stage by touchpoint and band of the score, hidden together wherever any of them is shown."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from surveys.instruments import Band, instrument
from surveys.results.naming import Naming
from surveys.statistics.suppression import HiddenTable, hide_table
from surveys.themes.tags import Named

BANDS: Final[tuple[Band, ...]] = ("low", "mid", "high")
Bands = tuple[int, int, int]
Cell = tuple[str, Band]


@dataclass(frozen=True, slots=True)
class Banded:
    """A theme of one stage, of all series: answers by touchpoint and band, and what hiding weighs of each."""

    stage: str
    theme: str
    points: Mapping[str, Bands]
    weights: Mapping[Cell, int]
    enough: int

    @property
    def hidden(self) -> HiddenTable:
        """What of it is hidden: touchpoints are rows, bands columns."""
        rows = [[self.weights.get((point, band), 0) for band in BANDS] for point in self.points]
        return hide_table(rows, self.enough)

    def shows_low(self, touchpoint: str | None) -> bool:
        """Say whether the low band is shown, of one touchpoint or of the whole stage."""
        if touchpoint is None:
            return BANDS.index("low") not in self.hidden.columns
        row = list(self.points).index(touchpoint)
        return (row, BANDS.index("low")) not in self.hidden.cells


def banded(named: Naming, stage: str | None = None) -> Iterator[Banded]:
    """Yield each theme of each stage, or of one stage, in the order they come."""
    found: defaultdict[tuple[str, str], Counter[Cell]] = defaultdict(Counter)
    for count in named.counts:
        place = count.dimensions
        if stage not in (None, place.stage):
            continue
        kind = instrument(place.instrument)
        for score in kind.scores:
            found[place.stage, count.theme][place.touchpoint, kind.band(score)] += count.counts[
                score
            ]
    weighed = named.weights(found, _placed)
    for (where, theme), cells in found.items():
        points = sorted({point for point, _ in cells})
        sums = {point: _bands(point, cells) for point in points}
        weights = weighed.groups[where, theme]
        yield Banded(where, theme, sums, weights, weighed.enough)


def _placed(each: Named) -> tuple[tuple[str, str], Cell]:
    at = each.dimensions
    return (at.stage, each.theme), (at.touchpoint, instrument(at.instrument).band(each.score))


def _bands(point: str, cells: Mapping[Cell, int]) -> Bands:
    low, mid, high = (cells.get((point, band), 0) for band in BANDS)
    return low, mid, high
