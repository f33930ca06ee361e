"""Intervals that others show, to compare with and to check against; no screen shows them.

A plain Wald interval of ten answers holds the truth 89 times in 100 instead of 95, and has no width
where all answers are the same; so has a t interval of a mean.
"""

from collections.abc import Sequence
from math import sqrt

from surveys.statistics.distributions import critical_t
from surveys.statistics.intervals import Moments, Span, nps_moments, scale_moments
from surveys.statistics.normal import critical_z


def nps_wald_span(
    detractors: int, passives: int, promoters: int, *, confidence: float = 0.95
) -> Span | None:
    """Return the Wald interval in -1..1, not clipped (CRAN NPS 1.1 ``nps.test``); None of no answers."""
    if detractors + passives + promoters == 0:
        return None
    return nps_moments(detractors, passives, promoters).span(critical_z(confidence))


def sample_moments(counts: Sequence[int], lowest: int) -> Moments | None:
    """Return mean and variance, divided by n - 1; None of fewer than two answers."""
    n = sum(counts)
    if n < 2:  # noqa: PLR2004 one answer has no spread
        return None
    found = scale_moments(counts, lowest)
    return Moments(found.mean, found.variance * n / (n - 1), n)


def mean_t_span(counts: Sequence[int], lowest: int, *, confidence: float = 0.95) -> Span | None:
    """Return the t interval of a mean, not clipped; None where the answers do not differ."""
    found = sample_moments(counts, lowest)
    if found is None or found.variance == 0:
        return None
    return found.span(critical_t(confidence, found.n - 1))


def deviation(counts: Sequence[int], lowest: int) -> float | None:
    """Return the standard deviation, divided by n - 1; None of fewer than two answers."""
    found = sample_moments(counts, lowest)
    return None if found is None else sqrt(found.variance)
