"""Whether two groups of different customers differ, and when a word may say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from surveys.statistics.intervals import Span
from surveys.statistics.multiplicity import VERDICT_LEVEL
from surveys.statistics.tiers import NO_VERDICT_BELOW
from surveys.statistics.two_samples import (
    Bands,
    adjusted_nps_difference,
    newcombe_span,
    shares_p,
    welch_difference,
)


class Verdict(StrEnum):
    """The one word about a difference; of higher scores being better."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The first group less the second, in the score's display unit.

    Attributes:
        difference: of the plain scores; the interval may rest on pseudo-answers.
        p: two-sided; None where nothing varies.
        method, test: how the interval and the p came about.
        n: distinct customers of the first and the second group.
    """

    difference: float
    low: float | None
    high: float | None
    p: float | None
    method: str
    test: str
    n: tuple[int, int]

    @property
    def speaks(self) -> bool:
        """Whether both groups are large enough for a word, and there is a p to rest it on."""
        return min(self.n) >= NO_VERDICT_BELOW and self.p is not None

    def verdict(self, p: float | None, level: float = VERDICT_LEVEL) -> Verdict | None:
        """Return the word for a p corrected for everything compared beside it; None below ten a side."""
        if not self.speaks or p is None:
            return None
        if p >= level:
            return Verdict.SAME
        return Verdict.BETTER if self.difference > 0 else Verdict.WORSE


def compare_nps(a: Bands, b: Bands, *, confidence: float = 0.95) -> Comparison | None:
    """Compare Net Promoter Scores of detractors, passives, promoters; None if a side has no answers."""
    n = (sum(a), sum(b))
    if not all(n):
        return None
    found = adjusted_nps_difference(a, b, confidence=confidence)
    plain = (a[2] - a[0]) / n[0] - (b[2] - b[0]) / n[1]
    span = found.span.clipped(-2.0, 2.0)
    return _comparison(100 * plain, span, found.p, "adjusted_wald_3", "adjusted_z", n, unit=100)


def compare_shares(
    hits: tuple[int, int], n: tuple[int, int], *, confidence: float = 0.95
) -> Comparison | None:
    """Compare two shares in percent; None if a side has no answers."""
    if not all(n):
        return None
    p, test = shares_p(hits, n)
    span = newcombe_span(hits, n, confidence=confidence)
    plain = 100 * (hits[0] / n[0] - hits[1] / n[1])
    return _comparison(plain, span, p, "newcombe", test, n, unit=100)


def compare_means(
    a: Sequence[int], b: Sequence[int], lowest: int, *, confidence: float = 0.95
) -> Comparison | None:
    """Compare two means of answers per scale point, ascending; None if a side has no answers.

    Where no answers of either side differ there is no interval and no p.
    """
    n = (sum(a), sum(b))
    if not all(n):
        return None
    found = welch_difference(a, b, lowest, confidence=confidence)
    plain = _mean(a, lowest) - _mean(b, lowest)
    span, p = (None, None) if found is None else (found.span, found.p)
    return _comparison(plain, span, p, "welch", "welch_t", n)


def others(parts: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return for each of several disjoint groups the counts of all the others together."""
    totals = [sum(counts) for counts in zip(*parts, strict=True)]
    return tuple(
        tuple(total - own for total, own in zip(totals, part, strict=True)) for part in parts
    )


def _mean(counts: Sequence[int], lowest: int) -> float:
    return sum(count * score for score, count in enumerate(counts, lowest)) / sum(counts)


def _comparison(
    difference: float,
    span: Span | None,
    p: float | None,
    method: str,
    test: str,
    n: tuple[int, int],
    *,
    unit: float = 1,
) -> Comparison:
    return Comparison(
        difference=difference,
        low=None if span is None else unit * span.low,
        high=None if span is None else unit * span.high,
        p=p,
        method=method,
        test=test,
        n=n,
    )
