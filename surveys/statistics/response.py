"""How many answered, and what those who did not could have changed."""

from surveys.statistics.intervals import Span

NPS_ENDS = (-100.0, 100.0)
PERCENT_ENDS = (0.0, 100.0)


def response_rate(answered: int, delivered: int) -> float | None:
    """Return answered of delivered, 0..1; None while nothing is delivered."""
    return answered / delivered if delivered else None


def nonresponse_bounds(score: float, rate: float, ends: tuple[float, float] = NPS_ENDS) -> Span:
    """Return where the score of all who were asked lies, whatever the silent ones think.

    No assumption is made of them: all at one end of the scale, or all at the other. At a rate of 17%
    a Net Promoter Score may be 83 points off to either side, which no weight repairs.
    """
    low, high = ends
    return Span(rate * score + (1 - rate) * low, rate * score + (1 - rate) * high)
