"""Chance, passed in: generators from a seed, and intervals from resampled values."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from surveys.statistics.intervals import Span

Floats = NDArray[np.float64]

_CELLS_AT_ONCE = 2_000_000


def seeded(seed: int | Sequence[int]) -> np.random.Generator:
    """Return a generator that gives the same numbers for the same seed, on every machine."""
    return np.random.default_rng(seed)


def resampled(
    units: int,
    resamples: int,
    chance: np.random.Generator,
    figures: Callable[[Floats], Floats],
) -> Floats:
    """Return figures of bootstrap resamples, one row each.

    ``figures`` is given how often each unit (a customer) was drawn, one row per resample, a few rows at a time.
    """
    rows = max(1, _CELLS_AT_ONCE // units)
    even = np.full(units, 1 / units)
    found = [
        figures(chance.multinomial(units, even, size=min(rows, resamples - done)).astype(float))
        for done in range(0, resamples, rows)
    ]
    return np.concatenate(found)


def percentile_span(values: Floats, confidence: float = 0.95) -> Span:
    """Return the percentile interval of resampled values of one figure."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Span(float(low), float(high))
