"""Reads the inputs of worked cases, in any of the ways in which a file may put them."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from surveys.statistics.conventions import NPS_SCORES, answer_on, nps_points, nps_tally
from surveys.statistics.two_samples import Bands

Json = Any
Values = dict[str, Json]

_NO_NUMBER = {"", "na", "nan", "null", "none"}
_ENDLESS = {"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}
_AS_GOOD_AS_ENDLESS = 1e30
"""What lpSolve calls a bound that is none."""
_BAND_NAMES = ("detractors", "passives", "promoters")


def unknown(value: Json) -> bool:
    """Say whether nothing is known: null, no number or one without end, also in words, or a list of only such."""
    if isinstance(value, list | tuple):
        return len(value) > 0 and all(unknown(part) for part in value)
    if isinstance(value, str):
        return value.strip().lower() in _NO_NUMBER | _ENDLESS
    if isinstance(value, float):
        return not isfinite(value) or abs(value) == _AS_GOOD_AS_ENDLESS
    return value is None


def several(value: Json) -> list[Json]:
    """Return a list; one of one value may stand as the value alone (R ``toJSON``, ``auto_unbox``)."""
    return list(value) if isinstance(value, list | tuple) else [value]


def option(given: Values, name: str, usual: float) -> float:
    """Return a number of a case, or what is usual where it names none."""
    value = given.get(name)
    return usual if value is None else float(value)


def confidence(given: Values) -> float:
    """Return the confidence of a case's intervals, 0.95 unless it says another, or an alpha."""
    return option(given, "confidence", 1 - option(given, "alpha", 0.05))


def power_and_alpha(given: Values) -> tuple[float, float]:
    """Return the power and the two-sided level that a plan is made for, 0.8 and 0.05 unless it says others."""
    return option(given, "power", 0.8), option(given, "alpha", 0.05)


def scale(given: Values, key: str, points: range) -> list[int]:
    """Return how many chose each point: a list in order, or an object with the points as its names.

    Raises ValueError for a list of another length, a point off the scale, and what is no count.
    """
    counts = given[key]
    if isinstance(counts, Mapping):
        if off := counts.keys() - {str(point) for point in points}:
            raise ValueError(f"{key}: {min(off)} is off the scale")
        counts = [counts.get(str(point), 0) for point in points]
    if not isinstance(counts, list) or len(counts) != len(points):
        raise ValueError(f"{key}: not {len(points)} counts")
    return [whole(count, key) for count in counts]


def whole(value: Json, key: str) -> int:
    """Return a count, also one written as 3.0; raises ValueError."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not isfinite(value) or value < 0 or value != int(value):
        raise ValueError(f"{key}: {value!r} is no count")
    return int(value)


def bands(given: Values, side: str = "") -> Bands:
    """Return detractors, passives, promoters: of counts of 0-10, of raw answers, or as they are named."""
    counted = f"{side}counts_0_to_10"
    if counted not in given:
        if f"{side}scores" in given:
            return _tallied(several(given[f"{side}scores"]))
        if all(side + name in given for name in _BAND_NAMES):
            low, middle, high = (whole(given[side + name], side + name) for name in _BAND_NAMES)
            return low, middle, high
    scored = list(enumerate(scale(given, counted, NPS_SCORES)))
    down, same, up = (sum(n for s, n in scored if nps_points(s) == point) for point in (-1, 0, 1))
    return down, same, up


def _tallied(scores: Sequence[Json]) -> Bands:
    tally = nps_tally(scores)
    return tally.detractors, tally.passives, tally.promoters


def answered(given: Values, *others: str) -> tuple[list[int], list[list[Json]]]:
    """Return the answers of 0-10 as -1, 0, 1, and what stands beside each in other lists of the case.

    What is no answer of the scale leaves all of them. Raises ValueError for lists of other lengths.
    """
    columns = [several(given[key]) for key in ("score", *others)]
    if len({len(column) for column in columns}) > 1:
        raise ValueError(f"{', '.join(('score', *others))}: not of one length")
    rows = [row for row in zip(*columns, strict=True) if answer_on(NPS_SCORES, row[0]) is not None]
    points = [nps_points(int(row[0])) for row in rows]
    return points, [[row[place] for row in rows] for place in range(1, len(columns))]
