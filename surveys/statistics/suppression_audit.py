"""Proves by linear programming what a reader can tell of the hidden counts of a table.

The reader is given every shown cell and sum, knows that counts are not negative, and solves for the least and
the most of every hidden one (STATISTICS.md, section 4). Slow, and independent of how the table was made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from surveys.statistics.suppression import HiddenTable
from surveys.statistics.tiers import HIDDEN_BELOW

_Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Breach:
    """A hidden count that is not hidden enough: it lies between ``least`` and ``most``."""

    what: str
    row: int
    column: int
    least: float
    most: float


def audit(
    counts: Sequence[Sequence[int]], hidden: HiddenTable, k: int = HIDDEN_BELOW
) -> tuple[Breach, ...]:
    """Return what a reader can tell to less than ``k``, of cells and sums that hold anybody."""
    unknown = _unknown(counts, hidden)
    breaches = []
    for number, place in enumerate(unknown):
        if not _value(counts, place):
            continue
        least, most = _bounds(counts, unknown, number)
        if most - least < k - 1e-6:
            breaches.append(Breach(*place, least, most))
    return tuple(breaches)


def _unknown(counts: Sequence[Sequence[int]], hidden: HiddenTable) -> list[_Place]:
    inside = [("cell", r, c) for r, c in sorted(hidden.cells)]
    rows = [("row", r, 0) for r in sorted(hidden.rows)]
    columns = [("column", 0, c) for c in sorted(hidden.columns)]
    return [*inside, *rows, *columns, *([("total", 0, 0)] if hidden.total else [])]


def _bounds(
    counts: Sequence[Sequence[int]], unknown: Sequence[_Place], number: int
) -> tuple[float, float]:
    """Return the least and the most of one unknown."""
    # Half a second and 40 MB that serving results need not pay.
    from scipy.optimize import linprog  # noqa: PLC0415 - see above

    matrix, known = _equations(counts, unknown)
    ends = []
    for sign in (1.0, -1.0):
        goal = [sign * (place == number) for place in range(len(unknown))]
        found = linprog(goal, A_eq=matrix, b_eq=known, bounds=(0, None), method="highs")
        ends.append(inf if found.status == _ENDLESS else sign * found.fun)
    return ends[0], ends[1]


_ENDLESS = 3
"""What ``linprog`` calls a goal without a limit."""


def _equations(
    counts: Sequence[Sequence[int]], unknown: Sequence[_Place]
) -> tuple[list[list[float]], list[float]]:
    """Return what is known of sums: cells less their sum, the shown ones moved to the right."""
    width = len(counts[0])
    matrix, known = [], []
    for members in _sums(len(counts), width):
        signs = dict(members)
        matrix.append([float(signs.get(place, 0)) for place in unknown])
        missing = sum(sign * _value(counts, place) for place, sign in members if place in unknown)
        known.append(float(missing))
    return matrix, known


def _sums(rows: int, columns: int) -> list[list[tuple[_Place, int]]]:
    """Return every sum of the table as its members, the sum itself counted off."""
    by_row = [
        [*((("cell", r, c), 1) for c in range(columns)), (("row", r, 0), -1)] for r in range(rows)
    ]
    by_column = [
        [*((("cell", r, c), 1) for r in range(rows)), (("column", 0, c), -1)]
        for c in range(columns)
    ]
    total: tuple[_Place, int] = (("total", 0, 0), -1)
    return [
        *by_row,
        *by_column,
        [*((("row", r, 0), 1) for r in range(rows)), total],
        [*((("column", 0, c), 1) for c in range(columns)), total],
    ]


def _value(counts: Sequence[Sequence[int]], place: _Place) -> int:
    what, row, column = place
    if what == "cell":
        return counts[row][column]
    if what == "row":
        return sum(counts[row])
    return sum(line[column] for line in counts) if what == "column" else sum(map(sum, counts))
