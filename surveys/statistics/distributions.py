"""Quantiles and p-values of Student's t and the beta distribution, by ``scipy.special``."""

from scipy.special import betaincinv, nctdtr, stdtr, stdtrit


def critical_t(confidence: float, df: float) -> float:
    """Return the t that a two-sided interval of this confidence reaches to."""
    return float(stdtrit(df, (1 + confidence) / 2))


def t_two_sided_p(t: float, df: float) -> float:
    """Return how probable a value of Student's t at least this far from zero is."""
    return float(2 * stdtr(df, -abs(t)))


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the value that a Beta(a, b) share lies below with this probability."""
    return float(betaincinv(a, b, probability))


def power_of_t(noncentrality: float, df: float, alpha: float) -> float:
    """Return the power of a t test at a two-sided level, the far tail left out (R ``power.t.test``)."""
    return float(1 - nctdtr(df, noncentrality, critical_t(1 - alpha, df)))
