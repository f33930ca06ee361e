"""Scores with their default intervals, from integer counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from surveys.statistics.normal import critical_z

# Pseudo-answers added before a Wald interval: 3 in all, so that a score of few answers keeps an
# honest width (Rocks 2016 for NPS: 3/4, 1 1/2, 3/4; spread evenly over the scale for a mean).
PSEUDO_ANSWERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A plain score with its confidence interval, in the score's display unit."""

    value: float
    low: float
    high: float
    method: str

    @property
    def half_width(self) -> float:
        """Half the interval's width."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class Span:
    """A lower and an upper limit, in the unit of what they enclose."""

    low: float
    high: float

    def clipped(self, lowest: float, highest: float) -> "Span":
        """Return the span inside a scale."""
        return Span(max(lowest, self.low), min(highest, self.high))


@dataclass(frozen=True, slots=True)
class Moments:
    """A mean, and the variance of one answer around it; ``n`` may be an effective number."""

    mean: float
    variance: float
    n: float

    @property
    def se(self) -> float:
        """The standard error of the mean."""
        return sqrt(self.variance / self.n)

    def span(self, critical: float) -> Span:
        """Return the mean and ``critical`` standard errors to either side."""
        return Span(self.mean - critical * self.se, self.mean + critical * self.se)


def nps_moments(detractors: float, passives: float, promoters: float) -> Moments:
    """Return a Net Promoter Score in -1..1 and its variance, divided by n (Rocks 2016)."""
    n = detractors + passives + promoters
    score = (promoters - detractors) / n
    # Rounding may leave a variance of 0 as the smallest number below it.
    return Moments(score, max(0.0, (promoters + detractors) / n - score**2), n)


def adjusted_nps_moments(detractors: float, passives: float, promoters: float) -> Moments:
    """Return the moments with 3/4, 1 1/2 and 3/4 pseudo-answers (Rocks 2016; MeasuringU 2021)."""
    quarter = PSEUDO_ANSWERS / 4
    return nps_moments(detractors + quarter, passives + 2 * quarter, promoters + quarter)


def scale_moments(counts: Sequence[float], lowest: int) -> Moments:
    """Return mean and variance, divided by n, of answers per scale point, ascending from ``lowest``."""
    n = sum(counts)
    points = list(enumerate(counts, lowest))
    centre = sum(weight * score for score, weight in points) / n
    return Moments(centre, sum(weight * (score - centre) ** 2 for score, weight in points) / n, n)


def uniform_moments(counts: Sequence[float], lowest: int) -> Moments:
    """Return the moments with three pseudo-answers spread evenly over the scale (ours)."""
    return scale_moments([count + PSEUDO_ANSWERS / len(counts) for count in counts], lowest)


def wilson(hits: float, n: float, critical: float) -> Span:
    """Return the score interval of a share in 0..1 (Wilson 1927); ``n`` above 0."""
    p, z2 = hits / n, critical**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = critical / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n**2))
    return Span(0.0 if hits == 0 else centre - half, 1.0 if hits == n else centre + half)


def nps(
    detractors: int, passives: int, promoters: int, *, confidence: float = 0.95
) -> Estimate | None:
    """Return the Net Promoter Score in points -100..100 with its adjusted Wald interval."""
    n = detractors + passives + promoters
    if n == 0:
        return None
    span = adjusted_nps_moments(detractors, passives, promoters).span(critical_z(confidence))
    return nps_estimate(100 * (promoters - detractors) / n, span, "adjusted_wald_3")


def share(hits: int, n: int, *, confidence: float = 0.95) -> Estimate | None:
    """Return ``hits`` of ``n`` in percent with its Wilson score interval."""
    if n == 0:
        return None
    span = wilson(hits, n, critical_z(confidence))
    return Estimate(value=100 * hits / n, low=100 * span.low, high=100 * span.high, method="wilson")


def mean(counts: Sequence[int], lowest: int, *, confidence: float = 0.95) -> Estimate | None:
    """Return the mean score with its uniform-3 interval, clipped to the scale.

    ``counts`` are answers per scale point, ascending from ``lowest``. The interval adds three
    pseudo-answers spread evenly over the scale (ours: the analogue of the adjusted Wald interval).
    """
    n = sum(counts)
    if n == 0:
        return None
    span = uniform_moments(counts, lowest).span(critical_z(confidence))
    total = sum(count * score for score, count in enumerate(counts, lowest))
    return mean_estimate(total / n, span, (lowest, lowest + len(counts) - 1), "uniform_3")


def nps_estimate(points: float, span: Span, method: str) -> Estimate:
    """Return points -100..100 with a span in -1..1, clipped."""
    inside = span.clipped(-1.0, 1.0)
    return Estimate(value=points, low=100 * inside.low, high=100 * inside.high, method=method)


def mean_estimate(value: float, span: Span, ends: tuple[int, int], method: str) -> Estimate:
    """Return a mean with its span, clipped to the ends of the scale."""
    inside = span.clipped(float(ends[0]), float(ends[1]))
    return Estimate(value=value, low=inside.low, high=inside.high, method=method)
