"""Which drivers an outcome goes with, and whether there are enough customers to say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from surveys.statistics.importance import MOST_FOR_LMG, Floats, correlations, parts_of_r2
from surveys.statistics.resampling import percentile_span, resampled

EXPLORATORY_FROM = 100
"""Fewer complete cases show no drivers."""
FULL_FROM = 200
"""Fewer show them unordered, as exploratory (탐색용)."""


class DriverTier(StrEnum):
    """How much may be shown of drivers."""

    NONE = "none"
    EXPLORATORY = "exploratory"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One driver's share of R^2, 0..1, with its bootstrap interval.

    Attributes:
        column: its place among the drivers given.
        rank: 1 for the largest share; only where its share clearly differs from every other.
    """

    column: int
    share: float
    low: float
    high: float
    rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """Drivers of one outcome; in the order given while exploratory, then by share.

    Attributes:
        n: complete cases: customers who answered for the outcome and for every driver.
        r2: of all drivers together; None in tier none.
        method: ``lmg`` or, of more than ten drivers, ``relative_weights``.
    """

    n: int
    tier: DriverTier
    r2: float | None
    method: str
    drivers: tuple[Driver, ...]


def driver_tier(n: int) -> DriverTier:
    """Return what may be shown of drivers with ``n`` complete cases."""
    if n < EXPLORATORY_FROM:
        return DriverTier.NONE
    return DriverTier.EXPLORATORY if n < FULL_FROM else DriverTier.FULL


def drivers(
    outcome: Sequence[float],
    columns: Sequence[Sequence[float]],
    chance: np.random.Generator,
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> Drivers:
    """Analyse complete cases, one customer each; ``columns`` are the drivers' values.

    Nothing is shown below 100 cases, or where nothing varies: then there is no R^2 to share out.
    """
    tier, method = driver_tier(len(outcome)), _method(len(columns))
    if tier is DriverTier.NONE or not columns:
        return Drivers(n=len(outcome), tier=DriverTier.NONE, r2=None, method=method, drivers=())
    rows = np.column_stack([outcome, *columns]).astype(float)
    parts = parts_of_r2(correlations(rows))
    r2 = float(parts.sum())
    again = resampled(
        len(rows),
        resamples,
        chance,
        lambda weights: _shares(parts_of_r2(correlations(rows, weights))),
    )
    found = _drivers(_shares(parts), again, confidence, ranked=tier is DriverTier.FULL)
    return Drivers(n=len(rows), tier=tier, r2=r2, method=method, drivers=found if r2 > 0 else ())


def _method(count: int) -> str:
    return "lmg" if count <= MOST_FOR_LMG else "relative_weights"


def _shares(parts: Floats) -> Floats:
    """Return parts of their sum; where nothing is explained, nothing of it."""
    total = parts.sum(axis=-1, keepdims=True)
    shares: Floats = np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
    return shares


def _drivers(
    shares: Floats, again: Floats, confidence: float, *, ranked: bool
) -> tuple[Driver, ...]:
    found = []
    for column, share in enumerate(shares):
        span = percentile_span(again[:, column], confidence)
        found.append(
            Driver(
                column=column,
                share=float(share),
                low=span.low,
                high=span.high,
                rank=_rank(column, again, confidence) if ranked else None,
            )
        )
    return tuple(sorted(found, key=lambda driver: -driver.share)) if ranked else tuple(found)


def _rank(column: int, again: Floats, confidence: float) -> int | None:
    """Return a driver's place by the paired bootstrap; None if any other may be its equal."""
    larger = 0
    for other in range(again.shape[1]):
        if other == column:
            continue
        span = percentile_span(again[:, other] - again[:, column], confidence)
        if span.low <= 0 <= span.high:
            return None
        larger += span.low > 0
    return larger + 1
