"""What a reason costs or wins: the score of all less that of those who did not name it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveys.statistics.importance import Floats
from surveys.statistics.resampling import percentile_span, resampled
from surveys.statistics.tiers import HIDDEN_BELOW

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

FEWEST_FOR_IMPACT = 30
"""Customers who named a reason before its impact is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """One reason; None where it is named by fewer than 30 customers, or by everybody.

    Attributes:
        cited: distinct customers who named it.
        impact: negative where those who name it pull the score down, in the unit of the values.
        low, high: interval by resampling customers.
    """

    reason: str
    cited: int
    impact: float | None = None
    low: float | None = None
    high: float | None = None


def impacts(
    customers: Sequence[object],
    values: Sequence[float],
    named: Sequence[Collection[str]],
    chance: np.random.Generator,
    *,
    hidden_below: int = HIDDEN_BELOW,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> tuple[Impact, ...]:
    """Return the reasons that enough customers named, the most named first.

    One entry per answer: who gave it, what it counts (-100, 0 or 100 for a Net Promoter Score), and the
    reasons named with it.
    """
    if not values:
        return ()
    reasons = sorted({reason for names in named for reason in names})
    who = np.unique(np.asarray(customers), return_inverse=True)[1]
    cites = np.array([[r in names for r in reasons] for names in named], dtype=bool)
    cited = {reason: len(np.unique(who[cites[:, n]])) for n, reason in enumerate(reasons)}
    told = [n for n, reason in enumerate(reasons) if cited[reason] >= FEWEST_FOR_IMPACT]
    sums = _sums(who, np.asarray(values, dtype=float), cites[:, told])
    plain = _impacts(sums, np.ones((1, len(sums))))[0]
    again = resampled(len(sums), resamples, chance, lambda weights: _impacts(sums, weights))
    measured = {
        reasons[n]: _measured(plain[column], again[:, column], confidence)
        for column, n in enumerate(told)
    }
    shown = sorted((-n, reason) for reason, n in cited.items() if n >= hidden_below)
    return tuple(_impact(reason, -n, measured.get(reason)) for n, reason in shown)


def _sums(who: Places, values: Floats, cites: Flags) -> Floats:
    """Return per customer the sum and number of all answers, then of those without each reason."""
    without = ~cites
    columns = [values, np.ones(len(values)), *(values[:, None] * without).T, *without.T]
    return np.column_stack([np.bincount(who, weights=column) for column in columns])


def _impacts(sums: Floats, weights: Floats) -> Floats:
    """Return the impacts per row of weights; not a number where everybody names the reason."""
    totals = weights @ sums
    reasons = (sums.shape[1] - 2) // 2
    everybody = totals[:, :1] / totals[:, 1:2]
    value, n = totals[:, 2 : 2 + reasons], totals[:, 2 + reasons :]
    others = np.divide(value, n, out=np.full_like(value, np.nan), where=n > 0)
    found: Floats = everybody - others
    return found


def _measured(plain: float, again: Floats, confidence: float) -> tuple[float, float, float] | None:
    known = again[~np.isnan(again)]
    if np.isnan(plain) or not len(known):
        return None
    span = percentile_span(known, confidence)
    return float(plain), span.low, span.high


def _impact(reason: str, cited: int, measured: tuple[float, float, float] | None) -> Impact:
    if measured is None:
        return Impact(reason=reason, cited=cited)
    impact, low, high = measured
    return Impact(reason=reason, cited=cited, impact=impact, low=low, high=high)
