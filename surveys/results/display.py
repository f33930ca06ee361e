"""A result's numbers as text, rounded once, the same wherever they are shown."""

from surveys.results.table import Row
from surveys.statistics import Estimate, mean_text, nps_text, percent_text, rounded

UNKNOWN = "–"


def score_text(row: Row) -> str:
    """Return the headline score: ``+22`` or ``86%``."""
    return UNKNOWN if row.score is None else _own_unit(row, row.score.value)


def interval_text(row: Row) -> str:
    """Return the score's interval: ``+12 – +32`` or ``83 – 89%``."""
    if row.score is None:
        return UNKNOWN
    low = nps_text(row.score.low) if row.instrument == "nps" else str(rounded(row.score.low))
    return f"{low} – {_own_unit(row, row.score.high)}"


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


def count_text(count: int | None) -> str:
    """Return a count with thousands marked: ``1,204``."""
    return UNKNOWN if count is None else f"{count:,}"


def rate_text(rate: float | None) -> str:
    """Return a rate of 0..1 as a whole percentage: ``38%``."""
    return UNKNOWN if rate is None else percent_text(100 * rate)


def _own_unit(row: Row, value: float) -> str:
    return nps_text(value) if row.instrument == "nps" else percent_text(value)


def _ends(estimate: Estimate) -> tuple[float, float]:
    return estimate.low, estimate.high
