"""What of a quarter may be shown beside its months.

A month is told before its quarter is over, and what is told cannot be taken back: so it is the quarter that gives
way. A reader who holds the quarter and its other months must not learn a month that is hidden. Months are an axis
of the table that both are margins of: where hiding that table (surveys.statistics.suppression) would take more than
what its months hide already, nothing of the quarter is told along the same axes. So too where the quarter's total
gives way to its months' totals: what is inside adds up to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from surveys.results.crowds import Cells, Group, Place
from surveys.results.hiding import Veil, shown
from surveys.statistics.suppression import hide_table, small
from surveys.statistics.tiers import HIDDEN_BELOW


def beside_months(veil: Veil, months: Sequence[Mapping[Group, Cells]], axes: Place) -> Veil:
    """Return a quarter's veil over every group that would tell a hidden month; ``months`` are the same cells by month.

    Customers who answered in two months of a quarter count once in it: the months add up to it at least.
    """
    telling = frozenset(
        group
        for group, told in veil.shown.items()
        if _tells(told, [month.get(group, {}) for month in months], axes)
    )
    if not telling:
        return veil
    return replace(
        veil,
        shown={
            group: frozenset() if group in telling else told for group, told in veil.shown.items()
        },
        open=veil.open - telling,
        closed=veil.closed | telling if axes else veil.closed,
    )


def _tells(told: frozenset[Place], months: Sequence[Cells], axes: Place) -> bool:
    """Say whether a quarter's cells that are told give a month away; of three axes nothing is known to be safe."""
    if not any(small(count) for cells in months for count in cells.values()):
        return False
    if len(axes) > 1:
        return True
    places = sorted({place for cells in months for place in cells})
    counts = [[cells.get(place, 0) for place in places] for cells in months]
    needed = hide_table(counts, HIDDEN_BELOW)
    if needed.total or any(not small(sum(counts[month])) for month in needed.rows):
        return True
    hidden = {
        (month, column)
        for month, cells in enumerate(months)
        for column, place in enumerate(places)
        if place in cells.keys() - shown(cells, axes)
    }
    return not needed.cells <= hidden or any(places[column] in told for column in needed.columns)
