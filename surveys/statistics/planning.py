"""How many answers a comparison of two groups needs, or a score of a wanted precision; and whom to ask for them."""

from math import ceil, sqrt

from surveys.statistics.distributions import power_of_t
from surveys.statistics.intervals import nps_moments
from surveys.statistics.normal import critical_z, normal_quantile
from surveys.statistics.roots import crossing

_ESTIMATED = 1.5
USUAL_NPS_VARIANCE = 0.6275
"""Of 25% detractors, 35% passives, 40% promoters."""


def shares_variance(detractors: float, passives: float, promoters: float) -> float:
    """Return the variance of one answer in -1, 0, 1 where the shares are these."""
    return nps_moments(detractors, passives, promoters).variance


def answers_for_means(
    variance: float, difference: float, *, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """Return answers per group to find a difference, by the normal distribution; None for none.

    2 v (z_{1-alpha/2} + z_power)^2 / difference^2, in the unit of the answers: for a Net Promoter Score
    -1..1. A fraction: round up.
    """
    if difference == 0:
        return None
    reach = critical_z(1 - alpha) + normal_quantile(power)
    return 2 * variance * reach**2 / difference**2


def answers_for_means_by_t(
    variance: float, difference: float, *, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """Return the same by Student's t (R ``power.t.test``): one answer more, where groups are small."""
    normal = answers_for_means(variance, difference, power=power, alpha=alpha)
    if normal is None or variance == 0:
        return normal
    effect = abs(difference) / sqrt(variance)

    def reached(n: float) -> float:
        return power_of_t(sqrt(n / 2) * effect, 2 * (n - 1), alpha)

    return crossing(reached, power, 2.0, 2 * normal + 10) if reached(2.0) < power else 2.0


def answers_for_shares(
    first: float, second: float, *, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """Return answers per group to find two shares different (R ``power.prop.test``); None if equal."""
    if first == second:
        return None
    pooled = (first + second) * (1 - (first + second) / 2)
    apart = first * (1 - first) + second * (1 - second)
    reach = critical_z(1 - alpha) * sqrt(pooled) + normal_quantile(power) * sqrt(apart)
    return (reach / (first - second)) ** 2


def answers_for_half_width(
    variance: float, half_width: float, *, confidence: float = 0.95
) -> float:
    """Return answers after which the interval of a mean is so wide to either side: v (z / half_width)^2.

    In the unit of the answers, as above. A fraction: round up.
    """
    return variance * (critical_z(confidence) / half_width) ** 2


def share_to_ask(needed: float, rate: float, eligible: float) -> float:
    """Return which part of the ``eligible`` to ask so that ``needed`` answers come, at most 1.

    ``rate`` is the part of the asked who answer. Planned are half as many again, since spread, rate and eligible were
    each estimated from about as few answers, and two standard deviations of a Poisson count more. Who stops asking
    once there are enough pays for this with an earlier stop, and with no contact.
    """
    expected = rate * eligible
    planned = _ESTIMATED * needed + 2 * sqrt(needed)
    return min(1.0, planned / expected) if expected > 0 else 1.0


def whole(answers: float) -> int:
    """Return as many whole answers as suffice."""
    return ceil(answers)
