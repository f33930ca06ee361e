"""Weights on request, never in silence: always shown beside the plain score, with what they cost.

A weighted score repairs who answered by stage and channel; it can't repair that unhappy customers answer less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from surveys.statistics.intervals import Estimate, Span, mean_estimate, nps_estimate
from surveys.statistics.normal import critical_z

FEWEST_PER_CELL = 5
"""Cells with fewer answers share one weight."""
LARGEST_WEIGHT = 5.0
"""No weight is more than this many times the middle answer's."""

Cell = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One weight per cell, that of each of its answers.

    Attributes:
        collapsed: cells of few answers that share a weight.
        trimmed: cells whose weight was cut to five times the middle answer's.
    """

    of: Mapping[Cell, float]
    collapsed: frozenset[Cell]
    trimmed: frozenset[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedMean:
    """A weighted mean, its standard error and the answers it is worth (Kish); ``se`` None of one answer."""

    value: float
    se: float | None
    n_eff: float

    def span(self, confidence: float = 0.95) -> Span | None:
        """Return the normal interval, not clipped."""
        if self.se is None:
            return None
        half = critical_z(confidence) * self.se
        return Span(self.value - half, self.value + half)


def cell_weights(population: Mapping[Cell, int], answered: Mapping[Cell, int]) -> Weights:
    """Return N/n for each cell with answers; few answers share one weight, large weights are cut.

    ``population`` counts who was invited. Cells of fewer than five answers are taken together, with the next
    smallest until they have five; a cell nobody answered in goes with them, so that its people still count.
    """
    cells = {cell: answered.get(cell, 0) for cell in population if population[cell] > 0}
    collapsed = _collapsed(cells)
    weights = {cell: population[cell] / n for cell, n in cells.items() if cell not in collapsed}
    n = sum(cells[cell] for cell in collapsed)
    if n:
        together = sum(population[cell] for cell in collapsed) / n
        weights |= {cell: together for cell in collapsed if cells[cell]}
    if not weights:
        return Weights(of={}, collapsed=collapsed, trimmed=frozenset())
    each = np.repeat(list(weights.values()), [cells[cell] for cell in weights])
    limit = LARGEST_WEIGHT * float(np.median(each))
    return Weights(
        of={cell: min(weight, limit) for cell, weight in weights.items()},
        collapsed=collapsed,
        trimmed=frozenset(cell for cell, weight in weights.items() if weight > limit),
    )


def _collapsed(cells: Mapping[Cell, int]) -> frozenset[Cell]:
    ascending = sorted(cells, key=lambda cell: (cells[cell], cell))
    small = [cell for cell in ascending if cells[cell] < FEWEST_PER_CELL]
    if not small:
        return frozenset()
    for cell in ascending[len(small) :]:
        if sum(cells[c] for c in small) >= FEWEST_PER_CELL:
            break
        small.append(cell)
    return frozenset(small)


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> WeightedMean | None:
    """Return the mean with se = sqrt(n/(n-1) sum w^2 (x - mean)^2) / sum w (R ``survey``).

    None of no answers, or of none with a weight.
    """
    w, x = np.asarray(weights, dtype=float), np.asarray(values, dtype=float)
    total = float(w.sum())
    if total == 0:
        return None
    value = float(w @ x) / total
    return WeightedMean(
        value=value, se=_linearised(w * (x - value), total), n_eff=total**2 / float(w @ w)
    )


def _linearised(apart: np.ndarray, total: float) -> float | None:
    n = len(apart)
    return sqrt(n / (n - 1) * float(apart @ apart)) / total if n > 1 else None


def weighted_nps(
    values: Sequence[int], weights: Sequence[float], *, confidence: float = 0.95
) -> Estimate | None:
    """Return the weighted Net Promoter Score of answers in -1, 0, 1; None of fewer than two."""
    found = weighted_mean(values, weights)
    span = found and found.span(confidence)
    if not found or not span:
        return None
    return nps_estimate(100 * found.value, span, "weighted_wald")


def weighted_score(
    scores: Sequence[int],
    weights: Sequence[float],
    ends: tuple[int, int],
    *,
    confidence: float = 0.95,
) -> Estimate | None:
    """Return the weighted mean of scores, clipped to the ends of the scale; None of fewer than two."""
    found = weighted_mean(scores, weights)
    span = found and found.span(confidence)
    if not found or not span:
        return None
    return mean_estimate(found.value, span, ends, "weighted_wald")


def poststratified_mean(
    values: Sequence[float], strata: Sequence[str], population: Mapping[str, int]
) -> WeightedMean | None:
    """Return the mean of strata weighted by their people (R ``postStratify``); None of no answers.

    The error counts the spread inside the strata only. A stratum without an answer can't be weighted: its
    people are left out. Raises KeyError for a stratum that the population does not name.
    """
    if not values:
        return None
    names, place = np.unique(np.asarray(strata), return_inverse=True)
    x, n = np.asarray(values, dtype=float), np.bincount(place)
    people = np.array([population[str(name)] for name in names], dtype=float)
    means = np.bincount(place, weights=x) / n
    w = (people / n)[place]
    return WeightedMean(
        value=float(people @ means / people.sum()),
        se=_linearised(w * (x - means[place]), float(people.sum())),
        n_eff=float(w.sum() ** 2 / (w @ w)),
    )


def fixed_mix(
    scores: Mapping[str, tuple[float, float, int]], mix: Mapping[str, float]
) -> WeightedMean | None:
    """Return sum W_c x_c over channels of (mean, variance, n), for a trend that a new mix can't bend.

    The variance is sum W_c^2 v_c / n_c. None if a channel of the mix has no answers.
    """
    total = sum(mix.values())
    parts = {channel: part / total for channel, part in mix.items() if part}
    if not parts or any(not scores.get(channel, (0, 0, 0))[2] for channel in parts):
        return None
    terms = [(part, *scores[channel]) for channel, part in parts.items()]
    variance = sum(part**2 * v / n for part, _, v, n in terms)
    return WeightedMean(
        value=sum(part * mean for part, mean, _, _ in terms),
        se=sqrt(variance),
        n_eff=1 / sum(part**2 / n for part, _, _, n in terms),
    )
