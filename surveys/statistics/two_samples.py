"""Differences of two samples of different people: estimate, test and interval, in shares or scale points."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from surveys.statistics.distributions import critical_t, t_two_sided_p
from surveys.statistics.intervals import (
    Moments,
    Span,
    adjusted_nps_moments,
    nps_moments,
    wilson,
)
from surveys.statistics.normal import critical_z, p_of, two_sided_p
from surveys.statistics.plain import sample_moments

Bands = tuple[int, int, int]
"""Answers in the low, middle and high band: detractors, passives, promoters."""
_SMALLEST_EXPECTED = 5.0
# As in R ``fisher.test``: tables this much likelier than the seen one still count as no likelier.
_TIE = 1 + 1e-7
_FAR, _RARE = 40, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first less the second, and how sure that is.

    Attributes:
        statistic: z, or t with ``df`` degrees of freedom; None where nothing varies.
        p: two-sided; None where nothing varies and nothing differs.
        span: the interval, not clipped to what is possible.
    """

    value: float
    se: float
    statistic: float | None
    p: float | None
    span: Span
    df: float | None = None


def adjusted_nps_difference(a: Bands, b: Bands, *, confidence: float = 0.95) -> Difference:
    """Compare two Net Promoter Scores, each with three pseudo-answers (MeasuringU 2021)."""
    return _by_z(adjusted_nps_moments(*a), adjusted_nps_moments(*b), confidence)


def wald_nps_difference(a: Bands, b: Bands, *, confidence: float = 0.95) -> Difference | None:
    """Compare without pseudo-answers, as CRAN NPS 1.1 does: a control. None if a side has no answers."""
    if not (sum(a) and sum(b)):
        return None
    return _by_z(nps_moments(*a), nps_moments(*b), confidence)


def _by_z(a: Moments, b: Moments, confidence: float) -> Difference:
    value, se = a.mean - b.mean, sqrt(a.se**2 + b.se**2)
    return Difference(
        value=value,
        se=se,
        statistic=value / se if se else None,
        p=p_of(value, se),
        span=_around(value, critical_z(confidence) * se),
    )


def welch_difference(
    a: Sequence[int], b: Sequence[int], lowest: int, *, confidence: float = 0.95
) -> Difference | None:
    """Compare two means of answers per scale point (Welch 1947; R ``t.test``).

    None where a side has fewer than two answers, or all answers of each side are the same.
    """
    first, second = sample_moments(a, lowest), sample_moments(b, lowest)
    if first is None or second is None:
        return None
    va, vb = first.variance / first.n, second.variance / second.n
    if va + vb == 0:
        return None
    value, se = first.mean - second.mean, sqrt(va + vb)
    df = (va + vb) ** 2 / (va**2 / (first.n - 1) + vb**2 / (second.n - 1))
    return Difference(
        value=value,
        se=se,
        statistic=value / se,
        p=t_two_sided_p(value / se, df),
        span=_around(value, critical_t(confidence, df) * se),
        df=df,
    )


def newcombe_span(hits: tuple[int, int], n: tuple[int, int], *, confidence: float = 0.95) -> Span:
    """Return the interval of the difference of two shares from their Wilson intervals (Newcombe 1998)."""
    z = critical_z(confidence)
    first, second = hits[0] / n[0], hits[1] / n[1]
    a, b = wilson(hits[0], n[0], z), wilson(hits[1], n[1], z)
    return Span(
        first - second - sqrt((first - a.low) ** 2 + (b.high - second) ** 2),
        first - second + sqrt((a.high - first) ** 2 + (second - b.low) ** 2),
    )


def pooled_z(hits: tuple[int, int], n: tuple[int, int]) -> float | None:
    """Return z of the difference of two shares under a common share; None if that is 0 or 1."""
    pooled = sum(hits) / sum(n)
    variance = pooled * (1 - pooled) * (1 / n[0] + 1 / n[1])
    return (hits[0] / n[0] - hits[1] / n[1]) / sqrt(variance) if variance else None


def shares_p(hits: tuple[int, int], n: tuple[int, int]) -> tuple[float, str]:
    """Return the p of two shares and its test: pooled z, Fisher's where an expected count is below 5."""
    pooled = sum(hits) / sum(n)
    z = pooled_z(hits, n)
    if z is None or min(n) * min(pooled, 1 - pooled) < _SMALLEST_EXPECTED:
        return fisher_p(hits, n), "fisher_exact"
    return two_sided_p(z), "pooled_z"


def fisher_p(hits: tuple[int, int], n: tuple[int, int]) -> float:
    """Return Fisher's exact two-sided p: of all tables with these margins, those no likelier than this.

    Tables too far from the middle to weigh anything are left out, so that millions of answers take no longer than
    their square root; a table that is itself among them has a p below the least float.
    """
    total = sum(hits)
    lowest, highest = max(0, total - n[1]), min(total, n[0])
    middle, reach = _middle_and_reach(total, n)
    low, high = max(lowest, middle - reach), min(highest, middle + reach)
    if not low <= hits[0] <= high:
        return 0.0
    likelihood = _likelihoods(low, high, total, n)
    seen = likelihood[hits[0] - low]
    return min(1.0, float(likelihood[likelihood <= seen * _TIE].sum() / likelihood.sum()))


def _middle_and_reach(total: int, n: tuple[int, int]) -> tuple[int, int]:
    """Return the mean of the first side's hits, and forty standard deviations and what a rare event needs."""
    share = total / sum(n)
    deviation = sqrt(n[0] * n[1] / sum(n) * share * (1 - share))
    return round(n[0] * share), ceil(_FAR * deviation) + _RARE


def _likelihoods(low: int, high: int, total: int, n: tuple[int, int]) -> np.ndarray:
    """Return how likely so many hits of the first side are, of the likeliest, by the steps between neighbours."""
    k = np.arange(low, high, dtype=float)
    steps = np.log((total - k) * (n[0] - k)) - np.log((k + 1) * (n[1] - total + k + 1))
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    found: np.ndarray = np.exp(logs - logs.max())
    return found


def _around(value: float, half: float) -> Span:
    return Span(value - half, value + half)
