"""Intervals where customers answered more than once: their answers resemble each other.

The variance is the linearised one of answers drawn by customer, V = G/(G-1) sum_g (sum_i (x - mean))^2 / n^2
(R ``survey``; G customers). The design effect says how many answers in name are one in effect; the
adjusted interval is made from the effective number and Student's t with G - 1 degrees of freedom.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from surveys.statistics.distributions import critical_t, t_two_sided_p
from surveys.statistics.intervals import (
    Estimate,
    Span,
    adjusted_nps_moments,
    mean_estimate,
    nps_estimate,
    uniform_moments,
    wilson,
)
from surveys.statistics.normal import p_of

FEWEST_CUSTOMERS = 8
"""With fewer customers the variance between them is not known well enough for an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """How alike the answers of one customer are.

    Attributes:
        n, customers: answers, and the customers who gave them.
        se, se_independent: standard errors of the mean, with and without regard to who answered.
        deff: the design effect, never below 1; 1 where all answers are the same.
    """

    n: int
    customers: int
    se: float
    se_independent: float
    deff: float

    @property
    def n_eff(self) -> float:
        """As many independent answers would say as much."""
        return self.n / self.deff

    @property
    def df(self) -> int:
        """Degrees of freedom: customers less one."""
        return self.customers - 1


def dependence(customers: Sequence[object], values: Sequence[float]) -> Dependence | None:
    """Measure the dependence of values given by customers; None of fewer than two customers."""
    n = len(values)
    names, group = np.unique(np.asarray(customers), return_inverse=True)
    count = len(names)
    if count < 2:  # noqa: PLR2004 no spread between the groups of one
        return None
    apart = np.asarray(values, dtype=float) - np.mean(values)
    sums = np.bincount(group, weights=apart)
    clustered = count / (count - 1) * float(sums @ sums) / n**2
    independent = float(apart @ apart) / (n - 1) / n
    return Dependence(
        n=n,
        customers=count,
        se=sqrt(clustered),
        se_independent=sqrt(independent),
        deff=max(1.0, clustered / independent) if independent else 1.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredDifference:
    """The first mean less the second, of customers of whom some are in both.

    ``span`` and ``p`` are by Student's t with one degree of freedom per customer less one, not clipped.
    """

    value: float
    se: float
    customers: int
    span: Span
    p: float | None


def clustered_difference(
    first: tuple[Sequence[object], Sequence[float]],
    second: tuple[Sequence[object], Sequence[float]],
    *,
    confidence: float = 0.95,
) -> ClusteredDifference | None:
    """Compare two means of (customers, values); None of an empty side or fewer than eight customers.

    With one value of each customer on each side it is the paired t interval of their changes.
    """
    n = (len(first[1]), len(second[1]))
    names, group = np.unique(np.asarray([*first[0], *second[0]]), return_inverse=True)
    count = len(names)
    if not all(n) or count < FEWEST_CUSTOMERS:
        return None
    a, b = (np.asarray(values, dtype=float) for values in (first[1], second[1]))
    apart = np.concatenate([(a - a.mean()) / n[0], (b.mean() - b) / n[1]])
    sums = np.bincount(group, weights=apart)
    value, se = float(a.mean() - b.mean()), sqrt(count / (count - 1) * float(sums @ sums))
    half = critical_t(confidence, count - 1) * se
    return ClusteredDifference(
        value=value,
        se=se,
        customers=count,
        span=Span(value - half, value + half),
        p=t_two_sided_p(value / se, count - 1) if se else p_of(value, se),
    )


def clustered_nps_span(
    detractors: int, passives: int, promoters: int, found: Dependence, *, confidence: float = 0.95
) -> Span:
    """Return the adjusted interval of an effective number of answers, in -1..1, not clipped."""
    counts = (count / found.deff for count in (detractors, passives, promoters))
    return adjusted_nps_moments(*counts).span(critical_t(confidence, found.df))


def clustered_nps(
    detractors: int, passives: int, promoters: int, found: Dependence, *, confidence: float = 0.95
) -> Estimate | None:
    """Return the score of all answers in points; None of fewer than eight customers."""
    n = detractors + passives + promoters
    if n == 0 or found.customers < FEWEST_CUSTOMERS:
        return None
    span = clustered_nps_span(detractors, passives, promoters, found, confidence=confidence)
    return nps_estimate(100 * (promoters - detractors) / n, span, "adjusted_wald_3_clustered")


def clustered_share(
    hits: int, n: int, found: Dependence, *, confidence: float = 0.95
) -> Estimate | None:
    """Return hits of all answers in percent; None of fewer than eight customers."""
    if n == 0 or found.customers < FEWEST_CUSTOMERS:
        return None
    span = wilson(hits / found.deff, n / found.deff, critical_t(confidence, found.df))
    return Estimate(
        value=100 * hits / n, low=100 * span.low, high=100 * span.high, method="wilson_clustered"
    )


def clustered_mean(
    counts: Sequence[int], lowest: int, found: Dependence, *, confidence: float = 0.95
) -> Estimate | None:
    """Return the mean of all answers; None of fewer than eight customers."""
    n = sum(counts)
    if n == 0 or found.customers < FEWEST_CUSTOMERS:
        return None
    effective = [count / found.deff for count in counts]
    span = uniform_moments(effective, lowest).span(critical_t(confidence, found.df))
    total = sum(count * score for score, count in enumerate(counts, lowest))
    ends = (lowest, lowest + len(counts) - 1)
    return mean_estimate(total / n, span, ends, "uniform_3_clustered")
