"""Which series speaks for a stage or a touchpoint, where only one can."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from surveys.analyses.columns import Frame, Spot


def main_spots(frame: Frame, stage: str) -> tuple[Spot, ...]:
    """Return the spots of the series that most customers answered at a stage; () where nobody did."""
    return _most(frame, lambda spot: spot.stage == stage)


def main_spots_of(frame: Frame, touchpoint: str) -> tuple[Spot, ...]:
    """Return the spots of the series that most customers answered at a touchpoint."""
    return _most(frame, lambda spot: spot.touchpoint == touchpoint)


def relationship_spots(frame: Frame, instrument: str) -> tuple[Spot, ...]:
    """Return the spots of the stage and series of an instrument that most customers answered."""
    stages = sorted({spot.stage for spot in frame.spots if spot.instrument == instrument})
    found = [_most(frame, partial(_is_asked, stage, instrument)) for stage in stages]
    return max(found, key=lambda spots: _customers(frame, spots), default=())


def _is_asked(stage: str, instrument: str, spot: Spot) -> bool:
    return (spot.stage, spot.instrument) == (stage, instrument)


def _customers(frame: Frame, spots: Sequence[Spot]) -> int:
    return len(np.unique(frame.at(spots)["subject"]))


def series_of(frame: Frame, stage: str) -> dict[str, tuple[Spot, ...]]:
    """Return the spots of each series of a stage, sorted by series."""
    found: dict[str, tuple[Spot, ...]] = {}
    for spot in sorted(frame.spots, key=lambda each: (each.series, each.touchpoint)):
        if spot.stage == stage:
            found[spot.series] = (*found.get(spot.series, ()), spot)
    return found


def _most(frame: Frame, wanted: Callable[[Spot], bool]) -> tuple[Spot, ...]:
    found: dict[str, tuple[Spot, ...]] = {}
    for spot in sorted(filter(wanted, frame.spots), key=lambda each: each.series):
        found[spot.series] = (*found.get(spot.series, ()), spot)
    return max(found.values(), key=lambda spots: _customers(frame, spots), default=())
