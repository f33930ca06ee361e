"""Quantiles and p-values of Student's t and the beta distribution, by ``scipy.special``.

It is loaded by the first of them that is asked for: with numpy it takes half as long as all the rest of a start.
"""


def critical_t(confidence: float, df: float) -> float:
    """Return the t that a two-sided interval of this confidence reaches to."""
    from scipy.special import stdtrit  # noqa: PLC0415 see above

    return float(stdtrit(df, (1 + confidence) / 2))


def t_two_sided_p(t: float, df: float) -> float:
    """Return how probable a value of Student's t at least this far from zero is."""
    from scipy.special import stdtr  # noqa: PLC0415 see above

    return float(2 * stdtr(df, -abs(t)))


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the value that a Beta(a, b) share lies below with this probability."""
    from scipy.special import betaincinv  # noqa: PLC0415 see above

    return float(betaincinv(a, b, probability))


def power_of_t(noncentrality: float, df: float, alpha: float) -> float:
    """Return the power of a t test at a two-sided level, the far tail left out (R ``power.t.test``)."""
    from scipy.special import nctdtr  # noqa: PLC0415 see above

    return float(1 - nctdtr(df, noncentrality, critical_t(1 - alpha, df)))
