"""p-values of many comparisons at once; a comparison that could not be made has none and counts for none."""

from collections.abc import Callable, Sequence

VERDICT_LEVEL = 0.05
"""Holm's p below this allows a word about a stage."""
LOOK_HERE_LEVEL = 0.10
"""Benjamini and Hochberg's p below this puts a stage on the list of those to look at."""


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return p-values of which any below 5% is a chance finding in at most 5% of screens (Holm 1979)."""

    def adjust(ordered: list[float]) -> list[float]:
        adjusted, highest = [], 0.0
        for rank, p in enumerate(ordered):
            highest = max(highest, min(1.0, (len(ordered) - rank) * p))
            adjusted.append(highest)
        return adjusted

    return _in_order(p_values, adjust)


def benjamini_hochberg(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return p-values of which, of those below 10%, at most 10% are chance findings (1995)."""

    def adjust(ordered: list[float]) -> list[float]:
        adjusted, lowest, count = [], 1.0, len(ordered)
        for rank in range(count, 0, -1):
            lowest = min(lowest, ordered[rank - 1] * count / rank)
            adjusted.append(lowest)
        return adjusted[::-1]

    return _in_order(p_values, adjust)


def _in_order(
    p_values: Sequence[float | None], adjust: Callable[[list[float]], list[float]]
) -> tuple[float | None, ...]:
    """Adjust the known p-values in ascending order and put each back in its place."""
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    for (_, place), p in zip(known, adjust([p for p, _ in known]), strict=True):
        adjusted[place] = p
    return tuple(adjusted)
