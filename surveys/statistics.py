"""Scores and 95% intervals from integer counts, and their rounding for display."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from math import sqrt
from statistics import NormalDist

# Pseudo-answers added before a Wald interval: 3 in all, so that a score of few answers keeps an
# honest width (Rocks 2016 for NPS: 3/4, 1 1/2, 3/4; spread evenly over the scale for a mean).
PSEUDO_ANSWERS = 3
INDICATIVE_BELOW = 30
HIDDEN_BELOW = 5


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


def nps(
    detractors: int, passives: int, promoters: int, *, confidence: float = 0.95
) -> Estimate | None:
    """Return the Net Promoter Score in points -100..100 with its adjusted Wald interval."""
    n = detractors + passives + promoters
    if n == 0:
        return None
    total = n + PSEUDO_ANSWERS
    down, up = detractors + PSEUDO_ANSWERS / 4, promoters + PSEUDO_ANSWERS / 4
    centre = (up - down) / total
    half = _z(confidence) * sqrt(((up + down) / total - centre**2) / total)
    return Estimate(
        value=100 * (promoters - detractors) / n,
        low=100 * max(-1.0, centre - half),
        high=100 * min(1.0, centre + half),
        method="adjusted_wald_3",
    )


def share(hits: int, n: int, *, confidence: float = 0.95) -> Estimate | None:
    """Return ``hits`` of ``n`` in percent with its Wilson score interval."""
    if n == 0:
        return None
    z = _z(confidence)
    p = hits / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return Estimate(
        value=100 * hits / n,
        low=0.0 if hits == 0 else 100 * (centre - half),
        high=100.0 if hits == n else 100 * (centre + half),
        method="wilson",
    )


def mean(counts: Sequence[int], lowest: int, *, confidence: float = 0.95) -> Estimate | None:
    """Return the mean score with its uniform-3 interval, clipped to the scale.

    ``counts`` are answers per scale point, ascending from ``lowest``. The interval adds three
    pseudo-answers spread evenly over the scale (ours: the analogue of the adjusted Wald interval).
    """
    n = sum(counts)
    if n == 0:
        return None
    scores = range(lowest, lowest + len(counts))
    weights = [count + PSEUDO_ANSWERS / len(counts) for count in counts]
    total = n + PSEUDO_ANSWERS
    centre = sum(w * s for w, s in zip(weights, scores, strict=True)) / total
    variance = sum(w * (s - centre) ** 2 for w, s in zip(weights, scores, strict=True)) / total
    half = _z(confidence) * sqrt(variance / total)
    return Estimate(
        value=sum(c * s for c, s in zip(counts, scores, strict=True)) / n,
        low=max(float(scores[0]), centre - half),
        high=min(float(scores[-1]), centre + half),
        method="uniform_3",
    )


def rounded(value: float, decimals: int = 0) -> Decimal:
    """Round half away from zero, on the shortest decimal that names the float; never minus zero."""
    step = Decimal(1).scaleb(-decimals)
    # Adding zero turns Decimal("-0") into "0".
    return Decimal(repr(value)).quantize(step, rounding=ROUND_HALF_UP) + 0


def nps_text(points: float) -> str:
    """Return a Net Promoter Score as a signed integer: ``+22``, ``-5``, ``0``."""
    whole = rounded(points)
    return f"{whole:+}" if whole else "0"


def percent_text(percent: float) -> str:
    """Return a percentage as an integer: ``86%``."""
    return f"{rounded(percent)}%"


def mean_text(value: float, n: int) -> str:
    """Return a mean with two decimals, one where it rests on fewer than 30 answers."""
    return str(rounded(value, 1 if n < INDICATIVE_BELOW else 2))


@cache
def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
