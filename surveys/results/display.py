"""A result's numbers as text, rounded once, the same wherever they are shown."""

from collections.abc import Iterable, Sequence

from surveys.results.table import Row
from surveys.results.values import Change, WeekPoint
from surveys.statistics import Estimate, mean_text, nps_text, percent_text, rounded

UNKNOWN = "–"
_BARS = "▁▂▃▄▅▆▇█"
_ENDS = {"nps": (-100.0, 100.0)}
_PERCENT = (0.0, 100.0)


def leading(rows: Iterable[Row]) -> Row | None:
    """Return the row that stands for a place where several are asked: with a score, answered by most; None of none."""
    return max(rows, key=lambda row: (row.score is not None, row.n or 0), default=None)


def leading_first(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows of one place as a reader meets them: the one that stands for it first, the others as they were."""
    first = leading(rows)
    return tuple(sorted(rows, key=lambda row: row is not first))


def score_text(row: Row) -> str:
    """Return the headline score: ``+22`` or ``86%``."""
    return UNKNOWN if row.score is None else value_text(row.instrument, row.score.value)


def interval_text(row: Row) -> str:
    """Return the score's interval: ``+12 – +32`` or ``83 – 89%``."""
    return UNKNOWN if row.score is None else _span(row, row.score.low, row.score.high)


def average_text(row: Row) -> str:
    """Return the mean on the instrument's own scale: ``5.42``."""
    if row.mean is None or row.n is None:
        return UNKNOWN
    return mean_text(row.mean.value, row.n)


def average_interval_text(row: Row) -> str:
    """Return the mean's interval: ``5.20 – 5.61``."""
    if row.mean is None or row.n is None:
        return UNKNOWN
    return " – ".join(mean_text(end, row.n) for end in _ends(row.mean))


def weighted_text(row: Row) -> str:
    """Return the weighted score: ``+25`` or ``81%``."""
    return UNKNOWN if row.weighted is None else value_text(row.instrument, row.weighted.value)


def weighted_interval_text(row: Row) -> str:
    """Return the weighted score's interval, as ``interval_text`` does."""
    if row.weighted is None:
        return UNKNOWN
    return _span(row, row.weighted.low, row.weighted.high)


def bounds_text(row: Row) -> str:
    """Return where the score lies whatever the silent ones think: ``-58 – +84``."""
    return UNKNOWN if row.bounds is None else _span(row, row.bounds.low, row.bounds.high)


def change_text(change: Change | None) -> str:
    """Return how much this is above the other side, in points: ``+6``, ``-12``, ``0``."""
    if change is None or change.difference is None:
        return UNKNOWN
    return nps_text(change.difference)


def change_interval_text(change: Change | None) -> str:
    """Return the interval of the change, in points: ``-2 – +14``."""
    if change is None or change.low is None or change.high is None:
        return UNKNOWN
    return f"{nps_text(change.low)} – {nps_text(change.high)}"


def spark_text(instrument_id: str, points: Iterable[WeekPoint]) -> str:
    """Return one bar a week on the score's whole scale, so that small moves look small; a hidden week is a dot."""
    low, high = _ENDS.get(instrument_id, _PERCENT)
    steps = len(_BARS) - 1
    return "".join(
        "·" if point.value is None else _BARS[round(steps * (point.value - low) / (high - low))]
        for point in points
    )


def value_text(instrument_id: str, value: float) -> str:
    """Return a score of an instrument in its own unit: ``+22`` or ``86%``."""
    return nps_text(value) if instrument_id == "nps" else percent_text(value)


def count_text(count: int | None) -> str:
    """Return a count with thousands marked: ``1,204``."""
    return UNKNOWN if count is None else f"{count:,}"


def rate_text(rate: float | None) -> str:
    """Return a rate of 0..1 as a whole percentage: ``38%``."""
    return UNKNOWN if rate is None else percent_text(100 * rate)


def _span(row: Row, low: float, high: float) -> str:
    first = nps_text(low) if row.instrument == "nps" else str(rounded(low))
    return f"{first} – {value_text(row.instrument, high)}"


def _ends(estimate: Estimate) -> tuple[float, float]:
    return estimate.low, estimate.high
