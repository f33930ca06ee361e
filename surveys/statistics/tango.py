"""The strict interval of a Net Promoter Score: Tango's score interval, on request."""

from math import sqrt

from surveys.statistics.intervals import Estimate, Span, nps_estimate
from surveys.statistics.normal import critical_z
from surveys.statistics.roots import crossing


def nps_tango(
    detractors: int, passives: int, promoters: int, *, confidence: float = 0.95
) -> Estimate | None:
    """Return the Net Promoter Score in points with its score interval; None of no answers.

    Promoters and detractors are the discordant pairs of Tango (Statistics in Medicine 17, 1998), passives
    the others; as in R ``PropCIs::scoreci.mp`` and ``contingencytables``.
    """
    n = detractors + passives + promoters
    if n == 0:
        return None
    span = tango_span(detractors, promoters, n, critical_z(confidence))
    return nps_estimate(100 * (promoters - detractors) / n, span, "tango_score")


def tango_span(detractors: int, promoters: int, n: int, critical: float) -> Span:
    """Return the scores in -1..1 that the counts do not contradict at the critical value.

    Worked out on the side where promoters lead: on the other, among millions of detractors, the standard error is
    the small difference of large numbers. The score interval is the mirror image of its counts'.
    """
    if detractors > promoters:
        mirrored = tango_span(promoters, detractors, n, critical)
        return Span(-mirrored.high, -mirrored.low)
    score = (promoters - detractors) / n

    def contradiction(truth: float) -> float:
        return _statistic(detractors, promoters, n, truth)

    return Span(
        crossing(contradiction, critical, score, -1.0),
        1.0 if promoters == n else crossing(contradiction, -critical, 1.0, score),
    )


def _statistic(detractors: int, promoters: int, n: int, truth: float) -> float:
    """Return how many standard errors the counts lie above a true score."""
    apart = promoters - detractors - n * truth
    b = -promoters - detractors + (2 * n - promoters + detractors) * truth
    root = sqrt(max(0.0, b * b + 8 * n * detractors * truth * (1 - truth)))
    return apart / sqrt((root - b) / 2 + n * truth * (1 - truth))
