"""The score of some rows, and its JSON: one way for every analysis."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from surveys.analyses.columns import Column
from surveys.instruments import Band, Instrument
from surveys.model import Json
from surveys.statistics import INDICATIVE_BELOW, Estimate, nps, share
from surveys.statistics.clustering import clustered_nps, clustered_share, dependence

BANDS: Final[tuple[Band, ...]] = ("low", "mid", "high")


@dataclass(frozen=True, slots=True)
class Measured:
    """A score whose interval may be missing; ``customers`` gave the ``n`` answers."""

    customers: int
    n: int
    value: float | None
    estimate: Estimate | None

    def to_json(self) -> Json:
        """Return the value with its interval; null where there is no answer."""
        if self.value is None:
            return None
        return estimate_json(self.estimate) or bare(self.value)


def measured(kind: Instrument, rows: Column) -> Measured:
    """Score every row of one instrument, with the interval of answers that customers gave several of.

    Where none did it is the interval that results have: a month says the same wherever it is read.
    """
    n = len(rows)
    if n == 0:
        return Measured(0, 0, None, None)
    names, who = np.unique(rows["subject"], return_inverse=True)
    customers = len(names)
    low, mid, high = bands(kind, rows)
    if customers == n:
        plain = nps(low, mid, high) if kind.id == "nps" else share(high, n)
        return Measured(customers, n, None if plain is None else plain.value, plain)
    value = 100 * (high - low) / n if kind.id == "nps" else 100 * high / n
    found = dependence(who.tolist(), weighed(kind, rows["score"]).tolist())
    if found is None:
        return Measured(customers, n, value, None)
    if kind.id == "nps":
        return Measured(customers, n, value, clustered_nps(low, mid, high, found))
    return Measured(customers, n, value, clustered_share(high, n, found))


def bands(kind: Instrument, rows: Column) -> tuple[int, int, int]:
    """Count the rows in the low, middle and high band."""
    scores = rows["score"]
    low = int((scores <= kind.low_until).sum())
    high = int((scores >= kind.high_from).sum())
    return low, len(rows) - low - high, high


def weighed(kind: Instrument, scores: Column) -> Any:
    """Return what each score adds to the headline: -1, 0, 1 of NPS, else 1 in the high band."""
    high = (scores >= kind.high_from).astype(float)
    return high - (scores <= kind.low_until) if kind.id == "nps" else high


def in_band(kind: Instrument, rows: Column, band: str) -> Column:
    """Return the rows in a band."""
    found: Column = rows[band_places(kind, rows["score"]) == BANDS.index(band)]
    return found


def band_places(kind: Instrument, scores: Column) -> Column:
    """Return the place in BANDS of each score."""
    places: Column = np.where(scores <= kind.low_until, 0, np.where(scores >= kind.high_from, 2, 1))
    return places


def percent_of_scale(kind: Instrument, scores: Any) -> Any:
    """Return scores on 0..100, so that scales can stand side by side."""
    return 100 * (scores - float(kind.low)) / (kind.high - kind.low)


def estimate_json(estimate: Estimate | None) -> Json:
    """Return an estimate as every content has it; null for None."""
    if estimate is None:
        return None
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "method": estimate.method,
    }


def bare(value: float) -> Json:
    """Return a value without an interval."""
    return {"value": value, "low": None, "high": None, "method": None}


def rate_json(hits: int, n: int) -> Json:
    """Return hits of n customers in percent with the Wilson interval; null of none."""
    return estimate_json(share(hits, n))


def indicative(customers: int) -> bool:
    """Say whether so few customers are only a hint."""
    return customers < INDICATIVE_BELOW


def blanked(cell: dict[str, Json], *, hidden: bool, keep: Collection[str]) -> dict[str, Json]:
    """Return a cell with ``suppressed``; where it is hidden, nothing stays but what ``keep`` names."""
    shown = {name: value if not hidden or name in keep else None for name, value in cell.items()}
    return {**shown, "suppressed": hidden}
