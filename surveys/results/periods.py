"""What of a quarter may be shown beside its months.

A month is told before its quarter is over, and what is told cannot be taken back: so it is the quarter that gives
way. A reader who holds the quarter and its other months must not learn a month that is hidden. Months are an axis
of the table that both are margins of: where hiding that table (surveys.statistics.suppression) would take more than
what its months hide already, nothing of the quarter is told along the same axes. So too where the quarter's total
gives way to its months' totals: what is inside adds up to it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from surveys.results.crowds import Cells, Group, Place
from surveys.results.hiding import Veil, shown
from surveys.statistics.suppression import Cell, HiddenTable, hide_table, small
from surveys.statistics.tiers import HIDDEN_BELOW

Table = Sequence[Sequence[int]]
"""Customers by month and place."""


def beside_months(
    veil: Veil,
    quarter: Callable[[], Mapping[Group, Cells]],
    months: Sequence[Mapping[Group, Cells]],
    axes: Place,
) -> Veil:
    """Return a quarter's veil over every group that would tell a hidden month; ``months`` are the same cells by month.

    Customers who answered in two months of a quarter count once in it, so the months add up to it at least.
    """
    telling = frozenset(
        group
        for group, told in veil.shown.items()
        if _has_few(cells := [month.get(group, {}) for month in months])
        and _tells(told, quarter().get(group, {}), cells, axes)
    )
    gone = veil.without(telling)
    return gone if axes else replace(gone, closed=veil.closed)


def _has_few(months: Iterable[Cells]) -> bool:
    return any(small(count) for cells in months for count in cells.values())


def _tells(told: frozenset[Place], quarter: Cells, months: Sequence[Cells], axes: Place) -> bool:
    """Say whether a quarter's cells that are told give a month away; of three axes nothing is known to be safe."""
    if len(axes) > 1:
        return True
    places = sorted({place for cells in months for place in cells})
    counts = [[cells.get(place, 0) for place in places] for cells in months]
    hidden = frozenset(
        (month, column)
        for month, cells in enumerate(months)
        for column, place in enumerate(places)
        if place in cells.keys() - shown(cells, axes)
    )
    weighed = _once(counts, [quarter.get(place, 0) for place in places], hidden)
    return any(
        _gives_way(hide_table(table, HIDDEN_BELOW), counts, hidden, [p in told for p in places])
        for table in (counts, weighed)
    )


def _gives_way(
    needed: HiddenTable, counts: Table, hidden: frozenset[Cell], told: Sequence[bool]
) -> bool:
    """Say whether a table of months would have to hide what is told: a month's total, a cell, or a quarter's."""
    return (
        needed.total
        or any(not small(sum(counts[month])) for month in needed.rows)
        or not needed.cells <= hidden
        or any(told[column] for column in needed.columns)
    )


def _once(counts: Table, sums: Sequence[int], hidden: frozenset[Cell]) -> Table:
    """Weigh cells so that columns add up to the quarter's, in which each customer counts once.

    A reader subtracts the months that are shown. What is left is of so many customers at least as hidden months weigh
    here: as if whoever answered in two months had answered in a hidden one, and counted in the other.
    """
    weighed = [list(row) for row in counts]
    for column, whole in enumerate(sums):
        more = max(sum(row[column] for row in counts) - whole, 0)
        for month in sorted(range(len(counts)), key=lambda each: (each, column) not in hidden):
            less = min(more, weighed[month][column])
            weighed[month][column] -= less
            more -= less
    return weighed
