"""Rounds a score once, where it is shown: half away from zero."""

from decimal import ROUND_HALF_UP, Decimal

from surveys.statistics.tiers import INDICATIVE_BELOW


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
