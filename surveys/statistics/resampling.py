"""Chance, passed in: generators from a seed, and intervals from resampled values."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveys.statistics.intervals import Span

Floats = NDArray[np.float64]


def seeded(seed: int | Sequence[int]) -> np.random.Generator:
    """Return a generator that gives the same numbers for the same seed, on every machine."""
    return np.random.default_rng(seed)


def percentile_span(values: Floats, confidence: float = 0.95) -> Span:
    """Return the percentile interval of resampled values of one figure."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Span(float(low), float(high))
