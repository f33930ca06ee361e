"""Whether a low rating costs more than a high one wins, by penalty and reward (after Kano).

Only "asymmetric" (비대칭) is said, and only by a test: the ratio of the two would call a symmetric driver
asymmetric in 40% of samples of 200, and a review of Kano techniques calls its classes questionable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from surveys.statistics.importance import Floats
from surveys.statistics.normal import p_of

FEWEST_CASES = 400
FEWEST_PER_CELL = 30
_LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymmetry:
    """What a low and a high rating of one driver go with, beside a middle one, in the outcome's unit.

    Attributes:
        column: its place among the drivers given.
        p: of penalty and reward being of one size.
    """

    column: int
    penalty: float
    reward: float
    p: float | None

    @property
    def asymmetric(self) -> bool:
        """Whether the two clearly differ in size."""
        return self.p is not None and self.p < _LEVEL


def asymmetries(outcome: Sequence[float], bands: Sequence[Sequence[int]]) -> tuple[Asymmetry, ...]:
    """Return the drivers that can be told of; ``bands`` are -1, 0, 1 per driver and complete case.

    Regresses the outcome on a low and a high dummy per driver, with HC3 errors. Empty below 400 cases; a driver
    with fewer than 30 low or high ratings is left out, as is one whose every rating is low or high.
    """
    if len(outcome) < FEWEST_CASES:
        return ()
    told = [column for column, values in enumerate(bands) if _can_be_told(values)]
    if not told:
        return ()
    dummies = [np.asarray(bands[c]) == side for c in told for side in (-1, 1)]
    design = np.column_stack([np.ones(len(outcome)), *dummies]).astype(float)
    beta, covariance = _hc3(np.asarray(outcome, dtype=float), design)
    return tuple(
        _asymmetry(column, beta, covariance, 1 + 2 * place) for place, column in enumerate(told)
    )


def _can_be_told(values: Sequence[int]) -> bool:
    low, high = (sum(value == side for value in values) for side in (-1, 1))
    return min(low, high) >= FEWEST_PER_CELL and low + high < len(values)


def _asymmetry(column: int, beta: Floats, covariance: Floats, low: int) -> Asymmetry:
    both = covariance[low : low + 2, low : low + 2]
    penalty, reward = float(beta[low]), float(beta[low + 1])
    spread = sqrt(max(0.0, float(both.sum())))
    return Asymmetry(
        column=column, penalty=penalty, reward=reward, p=p_of(penalty + reward, spread)
    )


def _hc3(outcome: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Return least-squares coefficients and their HC3 covariance (MacKinnon and White 1985)."""
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    beta = inverse @ design.T @ outcome
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    scaled = design * ((outcome - design @ beta) / np.maximum(1 - leverage, 1e-12))[:, None]
    return beta, inverse @ (scaled.T @ scaled) @ inverse
