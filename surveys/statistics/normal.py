"""Quantiles and p-values of the normal distribution, without a library."""

from functools import cache
from math import erfc, sqrt
from statistics import NormalDist


@cache
def critical_z(confidence: float) -> float:
    """Return the z that a two-sided interval of this confidence reaches to; 1.96 at 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


@cache
def normal_quantile(probability: float) -> float:
    """Return the z that a standard normal value lies below with this probability."""
    return NormalDist().inv_cdf(probability)


def two_sided_p(z: float) -> float:
    """Return how probable a standard normal value at least this far from zero is."""
    return erfc(abs(z) / sqrt(2))


def p_of(difference: float, se: float) -> float | None:
    """Return the two-sided p of a difference, its standard error given; None of 0 by 0, as in R."""
    if se == 0:
        return None if difference == 0 else 0.0
    return two_sided_p(difference / se)
