"""Scores where customers answered more than once: how many customers gave how many of which answers.

For what is shown only, so for five customers or more. The sums over customers that the clustered variance needs (surveys.statistics.clustering) are sums over the
few kinds of customers there are, however many customers.
"""

from collections.abc import Callable, Sequence
from math import sqrt

from surveys.instruments import Instrument
from surveys.reports import Cluster
from surveys.results.counted import customers_of
from surveys.statistics import Estimate
from surveys.statistics.clustering import (
    Dependence,
    clustered_mean,
    clustered_nps,
    clustered_share,
)

TOO_FEW = "whole_scale"
"""The method of an interval that says nothing: fewer than eight customers."""

_SIGN = {"low": -1, "mid": 0, "high": 1}


def repeated_score(
    kind: Instrument, counts: Sequence[int], clusters: Sequence[Cluster]
) -> Estimate:
    """Return the instrument's own score of all answers."""
    low, mid, high = bands_of(kind, counts)
    n = low + mid + high
    found = score_dependence(kind, clusters)
    if kind.id == "nps":
        whole = Estimate(value=100 * (high - low) / n, low=-100.0, high=100.0, method=TOO_FEW)
        return clustered_nps(low, mid, high, found) or whole
    whole = Estimate(value=100 * high / n, low=0.0, high=100.0, method=TOO_FEW)
    return clustered_share(high, n, found) or whole


def repeated_mean(kind: Instrument, counts: Sequence[int], clusters: Sequence[Cluster]) -> Estimate:
    """Return the mean of all answers."""
    total = sum(count * score for score, count in enumerate(counts, kind.low))
    whole = Estimate(
        value=total / sum(counts), low=float(kind.low), high=float(kind.high), method=TOO_FEW
    )
    return clustered_mean(counts, kind.low, dependence_of(clusters, float)) or whole


def score_dependence(kind: Instrument, clusters: Sequence[Cluster]) -> Dependence:
    """Measure how alike a customer's answers are in the instrument's own score."""
    if kind.id == "nps":
        return dependence_of(clusters, lambda score: _SIGN[kind.band(score)])
    return dependence_of(clusters, lambda score: float(kind.band(score) == "high"))


def dependence_of(clusters: Sequence[Cluster], value: Callable[[int], float]) -> Dependence:
    """Measure how alike the answers of each of two or more customers are."""
    customers = customers_of(clusters)
    values = [value(score) for score in range(11)]
    n = sum(each.customers * sum(each.counts) for each in clusters)
    centre = sum(each.customers * _dot(each.counts, values) for each in clusters) / n
    apart = [x - centre for x in values]
    between = sum(each.customers * _dot(each.counts, apart) ** 2 for each in clusters)
    clustered = customers / (customers - 1) * between / n**2
    within = [x**2 for x in apart]
    independent = sum(each.customers * _dot(each.counts, within) for each in clusters) / (n - 1) / n
    return Dependence(
        n=n,
        customers=customers,
        se=sqrt(clustered),
        se_independent=sqrt(independent),
        deff=max(1.0, clustered / independent) if independent else 1.0,
    )


def bands_of(kind: Instrument, counts: Sequence[int]) -> tuple[int, int, int]:
    """Return the answers of the low, the middle and the high band."""
    sizes = dict.fromkeys(_SIGN, 0)
    for score, count in zip(kind.scores, counts, strict=True):
        sizes[kind.band(score)] += count
    return sizes["low"], sizes["mid"], sizes["high"]


def _dot(counts: Sequence[int], values: Sequence[float]) -> float:
    return sum(count * value for count, value in zip(counts, values, strict=True))
