"""Themes of a stage by touchpoint and band of the score, hidden together wherever any of them is shown."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from surveys.instruments import instrument
from surveys.statistics.suppression import HiddenTable, hide_table
from surveys.statistics.tiers import HIDDEN_BELOW
from surveys.themes.tags import ThemeCount

BANDS: Final = ("low", "mid", "high")
Bands = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Banded:
    """A theme of one stage, of all series: answers by touchpoint and band."""

    stage: str
    theme: str
    points: Mapping[str, Bands]

    @property
    def hidden(self) -> HiddenTable:
        """What of it is hidden: touchpoints are rows, bands columns."""
        return hide_table(list(self.points.values()), HIDDEN_BELOW)

    def shows_low(self, touchpoint: str | None) -> bool:
        """Say whether the low band is shown, of one touchpoint or of the whole stage."""
        if touchpoint is None:
            return BANDS.index("low") not in self.hidden.columns
        row = list(self.points).index(touchpoint)
        return (row, BANDS.index("low")) not in self.hidden.cells


def banded(counted: Iterable[ThemeCount], stage: str | None = None) -> Iterator[Banded]:
    """Yield each theme of each stage, or of one stage, in the order they come."""
    found: defaultdict[tuple[str, str], defaultdict[str, Counter[str]]]
    found = defaultdict(lambda: defaultdict(Counter))
    for count in counted:
        place = count.dimensions
        if stage not in (None, place.stage):
            continue
        kind = instrument(place.instrument)
        for score in kind.scores:
            bands = found[place.stage, count.theme][place.touchpoint]
            bands[kind.band(score)] += count.counts[score]
    for (where, theme), points in found.items():
        sums = {point: _bands(counts) for point, counts in sorted(points.items())}
        yield Banded(where, theme, sums)


def _bands(counts: Counter[str]) -> Bands:
    return counts["low"], counts["mid"], counts["high"]
